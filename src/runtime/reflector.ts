import { type BackoffOptions, backoffMs, retryAfterOf } from './backoff.ts';
import { type Cache, type Cached, createCache, type OnChange } from './cache.ts';
import { createHeartbeat } from './heartbeat.ts';
import { sharing } from './intern.ts';
import { keyOf, splitKey } from './key.ts';
import type { ListWatch, Page, WatchEvent } from './list-watch.ts';
import type { Log } from './log.ts';
import { isOlder } from './resource-version.ts';
import { sleep } from './sleep.ts';
import { loopTurns } from './yield.ts';

export interface ReflectorOptions<Raw extends Cached, T extends Cached> {
  /** For the log. */
  readonly name: string;
  readonly source: ListWatch<Raw>;
  /** What is kept of an object, plain data of its own. One that can't be transformed is logged, and its last state kept. */
  readonly transform: (raw: Raw) => T;
  readonly log: Log;
  /** Items of one page. Default 250: a page is parsed in one piece, which must not hold up the event loop for long. */
  readonly pageSize?: number;
  /** The server ends a watch after at least this time, at most twice as long. Default 5 minutes. */
  readonly watchTimeoutMs?: number;
  /**
   * A watch on which nothing arrives for this long is begun again from where it was: it costs one request, and
   * notices a connection that hangs. Default 3 minutes, since a bookmark comes about once a minute.
   */
  readonly idleTimeoutMs?: number;
  /** Between failures. Default 0.5 s to 30 s. */
  readonly backoff?: BackoffOptions;
  readonly random?: () => number;
}

/** Keeps a cache equal to what the server has, for ever. Started once, stopped once. */
export interface Reflector<T extends Cached> {
  readonly name: string;
  readonly cache: Cache<T>;
  /** Resolves once the first list is in the cache and reported; stays pending if it is stopped before. */
  readonly synced: Promise<void>;
  hasSynced(): boolean;
  /** Whether its loop goes on, also when all it does is to fail and to try again. */
  isTurning(): boolean;
  /** Begins, and reports every change, each object of the first list included. What `onChange` throws is logged, no more. */
  start(onChange: OnChange<T>): void;
  /** Ends the watch; resolves when nothing of it runs any more. The cache stays as it is. */
  stop(): Promise<void>;
}

/** A page of a list, or the beginning of a watch, is there by then or has failed. */
const LONGEST_REQUEST_MS = 120_000;

/** A watch that ends sooner, and has shown nothing, counts as a failure: it would be begun again without pause. */
const SHORTEST_WATCH_MS = 1_000;

/** What has gone well for longer starts its backoff from the beginning. */
const LONG_ENOUGH_MS = 20_000;

/**
 * Makes a reflector: lists in pages, then watches from the list's version, and after any end of the watch goes on
 * from the last version that it has seen. Only an expired version makes it list again; what has gone by then is
 * reported as deleted. Everything else is tried again after a backoff.
 */
export function createReflector<Raw extends Cached, T extends Cached>(
  options: ReflectorOptions<Raw, T>,
): Reflector<T> {
  const { name, source, log, pageSize = 250, watchTimeoutMs = 300_000, idleTimeoutMs = 180_000 } = options;
  const { random = Math.random } = options;
  const backoff = { baseMs: 500, maxMs: 30_000, random, ...options.backoff };
  const { cache, set, remove, replacing } = createCache<T>(report);
  const abort = new AbortController();
  const { signal } = abort;
  const synced = Promise.withResolvers<void>();
  const heartbeat = createHeartbeat();
  let hasSynced = false;
  /** The last version seen, from which a watch can go on; undefined where there has to be a list first. */
  let version: string | undefined;
  /** The highest version of this resource that the server has ever shown. */
  let highest = '';
  /** Failures in a row. A list that went well doesn't end the row: its watch may fail again and again. */
  let failures = 0;
  /** The last watch showed nothing until its time was over. */
  let silent = false;
  /** After a page's token has expired, the next list is asked for in one piece. */
  let limit: number | undefined = pageSize;
  /** The object that was read last: those that come one after the other are often alike. */
  let last: T | undefined;
  let running: Promise<void> | undefined;
  let onChange: OnChange<T> = () => {};

  async function run(): Promise<void> {
    while (!signal.aborted) {
      heartbeat.expectWithin(LONGEST_REQUEST_MS);
      const startedAt = performance.now();
      try {
        if (version === undefined) await list();
        else await watch(version);
      } catch (error) {
        if (performance.now() - startedAt > LONG_ENOUGH_MS) failures = 0;
        if (!signal.aborted) await recover(error);
      }
    }
    heartbeat.rest();
  }

  async function list(): Promise<void> {
    const items: T[] = [];
    const unread = new Set<string>();
    let token: string | undefined;
    do {
      heartbeat.expectWithin(LONGEST_REQUEST_MS);
      const page = await readPage(token);
      for (const raw of page.items) {
        // A page is a second's work of a small machine at a cold start, hashes of Secrets included.
        await loopTurns.pass();
        const object = read(raw);
        if (object === undefined) unread.add(keyOf(raw));
        else items.push(object);
      }
      token = page.continue;
      version = token === undefined ? page.resourceVersion : undefined;
    } while (token !== undefined);
    if (version === undefined || signal.aborted) return;
    limit = pageSize;
    const rewound = highest !== '' && isOlder(version, highest);
    if (rewound) log.warn({ reflector: name, version, highest }, 'the server has gone back in time');
    highest = version;
    for (const _ of replacing(items, version, { unread, rewound })) {
      await loopTurns.pass();
      if (signal.aborted) return;
    }
    log.debug({ reflector: name, items: items.length, version }, 'listed');
    hasSynced = true;
    synced.resolve();
  }

  /** Reads a page of fewer items where those of somebody's making are too large for one. */
  async function readPage(token: string | undefined): Promise<Page<Raw>> {
    for (;;) {
      try {
        return await source.list({ ...(limit !== undefined && { limit }), continue: token, signal });
      } catch (error) {
        if (!source.isTooLarge(error) || limit === 1) throw error;
        limit = limit === undefined ? pageSize : Math.max(1, Math.floor(limit / 4));
        log.debug({ reflector: name, limit }, 'a page was too large: asking for fewer items');
        heartbeat.expectWithin(LONGEST_REQUEST_MS);
      }
    }
  }

  async function watch(from: string): Promise<void> {
    if (silent && (await isAhead(from))) {
      version = undefined;
      return;
    }
    silent = false;
    const startedAt = performance.now();
    const timeoutSeconds = Math.ceil((watchTimeoutMs * (1 + random())) / 1_000);
    let events = 0;
    heartbeat.expectWithin(LONGEST_REQUEST_MS + idleTimeoutMs);
    for await (const event of source.watch({
      resourceVersion: from,
      timeoutSeconds,
      idleTimeoutMs,
      signal,
    })) {
      if (signal.aborted) return;
      heartbeat.expectWithin(idleTimeoutMs);
      take(event);
      events++;
      failures = 0;
    }
    if (signal.aborted) return;
    if (events === 0 && performance.now() - startedAt < SHORTEST_WATCH_MS)
      throw new Error('the watch ended at once');
    failures = 0;
  }

  /**
   * Whether the server is behind that version. A watch from the future isn't refused: it waits without a word
   * until the server gets there, after a restore of its storage from a backup perhaps in days.
   */
  async function isAhead(from: string): Promise<boolean> {
    const { resourceVersion } = await source.list({ limit: 1, signal });
    return isOlder(resourceVersion, from);
  }

  function take(event: WatchEvent<Raw>): void {
    if (event.type === 'BOOKMARK') {
      version = event.resourceVersion;
    } else {
      version = event.object.metadata.resourceVersion;
      if (event.type === 'DELETED') remove(event.object);
      else {
        const object = read(event.object);
        if (object !== undefined) set(object);
      }
    }
    if (highest === '' || isOlder(highest, version)) highest = version;
  }

  async function recover(error: unknown): Promise<void> {
    if (version !== undefined && source.isSilent(error)) {
      silent = true;
      return;
    }
    if (source.isExpired(error)) {
      log.debug({ reflector: name, version, err: error }, 'the version has expired: listing again');
      if (version === undefined) limit = undefined;
      version = undefined;
      // At once the first time; a server that says so again and again isn't asked in a loop.
      if (failures++ === 0) return;
    } else {
      failures++;
    }
    const retryInMs = Math.round(backoffMs(failures - 1, retryAfterOf(error), backoff));
    const doing = version === undefined ? 'list' : 'watch';
    log.warn({ reflector: name, retryInMs, err: error }, `${doing} failed and will be retried`);
    heartbeat.expectWithin(retryInMs);
    await sleep(retryInMs, signal);
  }

  function read(raw: Raw): T | undefined {
    try {
      last = sharing(last, options.transform(raw));
      return last;
    } catch (error) {
      log.error({ reflector: name, ...splitKey(keyOf(raw)), err: error }, 'an object could not be read');
      return undefined;
    }
  }

  function report(key: string, before: T | undefined, after: T | undefined): void {
    try {
      onChange(key, before, after);
    } catch (error) {
      log.error({ reflector: name, ...splitKey(key), err: error }, 'a change could not be taken in');
    }
  }

  return {
    name,
    cache,
    synced: synced.promise,
    hasSynced: () => hasSynced,
    isTurning: heartbeat.isTurning,
    start(tell) {
      if (running !== undefined) throw new Error(`reflector ${name} was started before`);
      onChange = tell;
      running = run();
    },
    async stop() {
      abort.abort(new Error(`reflector ${name} is stopping`));
      await running;
    },
  };
}
