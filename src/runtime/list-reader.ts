import type { Cached } from './cache.ts';
import type { Heartbeat } from './heartbeat.ts';
import { keyOf } from './key.ts';
import type { ListWatch, Page } from './list-watch.ts';
import type { Log } from './log.ts';
import { eventLoop } from './yield.ts';

/** The longest time until a page of a list, or the beginning of a watch, has come or failed. */
export const MAX_REQUEST_MS = 120_000;

/** The longest time of a streamed list, in s: a busy server may take minutes for very many objects. */
const MAX_STREAM_S = 1_800;

/** A list that has been read. */
interface Listed<T> {
  readonly items: readonly T[];
  /** The keys of the objects that can't be read. */
  readonly unread: Set<string>;
  readonly resourceVersion: string;
}

/** Reads whole lists of one resource, in the form that the server manages. */
export interface ListReader<T> {
  /** Reads a list. Resolves with undefined if the signal aborts. */
  read(): Promise<Listed<T> | undefined>;
  /**
   * Makes the next list a stream. After a page's token has expired, a busy server may never finish the pages
   * of many objects in time.
   */
  streamNext(): void;
  /**
   * Makes the next list one piece if the server has refused a stream. Returns true if so: the next list needs
   * no pause.
   */
  fallBack(error: unknown): boolean;
}

/** Options of a list reader. */
interface ListReaderOptions<Raw extends Cached, T> {
  /** For the log. */
  readonly name: string;
  readonly source: ListWatch<Raw>;
  /** Returns the part of an object to keep; undefined if it can't be read. */
  readonly toKept: (raw: Raw) => T | undefined;
  /** The number of items of one page, unless they are too large for it. */
  readonly pageSize: number;
  readonly heartbeat: Pick<Heartbeat, 'expectWithin'>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Makes a reader, whose first list comes in pages. */
export function createListReader<Raw extends Cached, T>(options: ListReaderOptions<Raw, T>): ListReader<T> {
  const { name, source, toKept, pageSize, heartbeat, log, signal } = options;
  let form: 'pages' | 'stream' | 'whole' = 'pages';
  /** Undefined for a list in one piece. */
  let limit: number | undefined = pageSize;

  async function readPages(): Promise<Listed<T> | undefined> {
    const items: T[] = [];
    const unread = new Set<string>();
    let token: string | undefined;
    do {
      heartbeat.expectWithin(MAX_REQUEST_MS);
      const page = await readPage(token);
      for (const raw of page.items) {
        // At a cold start, a small machine works a second on one page, including the hashes of Secrets.
        await eventLoop.yield();
        const object = toKept(raw);
        if (object === undefined) unread.add(keyOf(raw));
        else items.push(object);
      }
      token = page.continue;
      if (token === undefined) return { items, unread, resourceVersion: page.resourceVersion };
    } while (!signal.aborted);
    return undefined;
  }

  /** Reads a page. If the objects are too large for one page, it asks for fewer of them. */
  async function readPage(token: string | undefined): Promise<Page<Raw>> {
    for (;;) {
      try {
        return await source.list({ ...(limit !== undefined && { limit }), continue: token, signal });
      } catch (error) {
        if (!source.isTooLarge(error) || limit === 1) throw error;
        limit = limit === undefined ? pageSize : Math.max(1, Math.floor(limit / 4));
        log.debug({ reflector: name, limit }, 'a page was too large: asking for fewer items');
        heartbeat.expectWithin(MAX_REQUEST_MS);
      }
    }
  }

  /** Reads a streamed list. It may show changes of an object before its end. */
  async function readStream(): Promise<Listed<T> | undefined> {
    const items = new Map<string, T>();
    const unread = new Set<string>();
    const streamOptions = { timeoutSeconds: MAX_STREAM_S, idleTimeoutMs: MAX_REQUEST_MS, signal };
    heartbeat.expectWithin(MAX_REQUEST_MS);
    for await (const event of source.streamList(streamOptions)) {
      heartbeat.expectWithin(MAX_REQUEST_MS);
      await eventLoop.yield();
      if (signal.aborted) return undefined;
      if (event.type === 'BOOKMARK') {
        if (!event.endsList) continue;
        return { items: [...items.values()], unread, resourceVersion: event.resourceVersion };
      }
      const key = keyOf(event.object);
      items.delete(key);
      unread.delete(key);
      if (event.type === 'DELETED') continue;
      const object = toKept(event.object);
      if (object === undefined) unread.add(key);
      else items.set(key, object);
    }
    if (signal.aborted) return undefined;
    throw new Error('the list ended before it was whole');
  }

  return {
    async read() {
      const listed = form === 'stream' ? await readStream() : await readPages();
      if (listed === undefined || signal.aborted) return undefined;
      form = 'pages';
      limit = pageSize;
      return listed;
    },
    streamNext() {
      form = 'stream';
    },
    fallBack(error) {
      if (form !== 'stream' || !source.isWithoutStreams(error)) return false;
      log.debug({ reflector: name, err: error }, 'the server has no streamed lists');
      form = 'whole';
      limit = undefined;
      return true;
    },
  };
}
