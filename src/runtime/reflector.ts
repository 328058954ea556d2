import { type BackoffOptions, backoffMs, retryAfterOf } from './backoff.ts';
import { type Cache, type Cached, createCache, type OnChange, type OnHeld } from './cache.ts';
import { createHeartbeat } from './heartbeat.ts';
import { intern } from './intern.ts';
import { keyOf, splitKey } from './key.ts';
import { createListReader, MAX_REQUEST_MS } from './list-reader.ts';
import type { ListWatch, WatchEvent } from './list-watch.ts';
import type { Log } from './log.ts';
import { isOlder } from './resource-version.ts';
import { sleep } from './sleep.ts';
import { eventLoop } from './yield.ts';

/** Options of a reflector. */
export interface ReflectorOptions<Raw extends Cached, T extends Cached> {
  /** For the log. */
  readonly name: string;
  readonly source: ListWatch<Raw>;
  /**
   * Returns the part of an object to keep, as plain data of its own. If it throws, the reflector logs the
   * object and keeps its last state.
   */
  readonly transform: (raw: Raw) => T;
  /** Keeps an index over the cache. */
  readonly onHeld?: OnHeld<T>;
  readonly log: Log;
  /** Items of one page. Default 250: parsing a page must not block the event loop for long. */
  readonly pageSize?: number;
  /**
   * The server ends a watch after this time at the earliest, and after twice the time at the latest. Default
   * 5 minutes.
   */
  readonly watchTimeoutMs?: number;
  /**
   * After this long without anything on a watch, the reflector begins it again from where it was. That costs
   * one request, and reveals a connection that hangs. Default 3 minutes, since a bookmark comes about once a
   * minute.
   */
  readonly idleTimeoutMs?: number;
  /** Between failures. Default 0.5 s to 30 s. */
  readonly backoff?: BackoffOptions;
  readonly random?: () => number;
}

/** A loop that keeps a cache equal to the server's objects. It starts once and stops once. */
export interface Reflector<T extends Cached> {
  readonly name: string;
  readonly cache: Cache<T>;
  /**
   * Resolves once the first list is in the cache and reported. It stays pending if the reflector stops
   * before.
   */
  readonly synced: Promise<void>;
  hasSynced(): boolean;
  /** True if its loop goes on, even if every request fails. */
  isAlive(): boolean;
  /**
   * Starts, and reports every change, including each object of the first list. It logs what `onChange`
   * throws.
   */
  start(onChange: OnChange<T>): void;
  /** Ends the watch. Resolves when nothing of it runs. The cache stays as it is. */
  stop(): Promise<void>;
}

/**
 * A watch that ends sooner without an event counts as a failure. Otherwise the loop would begin it again
 * without a pause.
 */
const MIN_WATCH_MS = 1_000;

/**
 * The number of failures in a row after which a watch that isn't allowed is made up for by lists. A server
 * that has just started refuses for a moment, and must not be asked for every object then.
 */
const REFUSALS = 3;

/** A request that ran longer than this starts its backoff from the beginning. */
const LONG_ENOUGH_MS = 20_000;

/**
 * Makes a reflector. It lists in pages, then watches from the list's version. When the watch ends, it resumes
 * from the last version that it has seen. Only an expired version makes it list again; it then reports
 * missing objects as deleted. It retries any other failure after a backoff; if the server doesn't allow the
 * watch, it lists each time.
 */
export function createReflector<Raw extends Cached, T extends Cached>(
  options: ReflectorOptions<Raw, T>,
): Reflector<T> {
  const { name, source, log, pageSize = 250, watchTimeoutMs = 300_000, idleTimeoutMs = 180_000 } = options;
  const { random = Math.random } = options;
  const backoff = { baseMs: 500, maxMs: 30_000, random, ...options.backoff };
  const { cache, set, remove, replacing } = createCache<T>(report, undefined, options.onHeld);
  const abort = new AbortController();
  const { signal } = abort;
  const synced = Promise.withResolvers<void>();
  const heartbeat = createHeartbeat();
  const lists = createListReader({ name, source, toKept: read, pageSize, heartbeat, log, signal });
  let hasSynced = false;
  /** The last version seen, from which a watch can resume; undefined if a list has to come first. */
  let version: string | undefined;
  /** The highest version of this resource that the server has ever shown. */
  let highest = '';
  /** Failures in a row. A successful list doesn't end the row, since its watch may fail every time. */
  let failures = 0;
  /** True if the last watch showed nothing until its time was over. */
  let silent = false;
  /** The last object read. Consecutive objects are often alike. */
  let last: T | undefined;
  let running: Promise<void> | undefined;
  let onChange: OnChange<T> = () => {};

  async function run(): Promise<void> {
    while (!signal.aborted) {
      heartbeat.expectWithin(MAX_REQUEST_MS);
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
    const listed = await lists.read();
    if (listed === undefined) return;
    const { items, unread, resourceVersion } = listed;
    version = resourceVersion;
    const rewound = highest !== '' && isOlder(version, highest);
    if (rewound) log.warn({ reflector: name, version, highest }, 'the server has gone back in time');
    highest = version;
    for (const _ of replacing(items, version, { unread, rewound })) {
      await eventLoop.yield();
      if (signal.aborted) return;
    }
    log.debug({ reflector: name, items: items.length, version }, 'listed');
    hasSynced = true;
    synced.resolve();
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
    heartbeat.expectWithin(MAX_REQUEST_MS + idleTimeoutMs);
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
    if (events === 0 && performance.now() - startedAt < MIN_WATCH_MS)
      throw new Error('the watch ended immediately');
    failures = 0;
  }

  /**
   * True if the server is behind that version. The server doesn't refuse a watch from the future. It waits
   * silently until it gets there, which after a restore from a backup may take days.
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
    if (version === undefined && lists.fallBack(error)) return;
    if (source.isExpired(error)) {
      log.debug({ reflector: name, version, err: error }, 'the version has expired: listing again');
      if (version === undefined) lists.streamNext();
      version = undefined;
      // List immediately the first time. Back off from a server that reports an expired version repeatedly.
      if (failures++ === 0) return;
    } else {
      failures++;
    }
    const retryInMs = Math.round(backoffMs(failures - 1, retryAfterOf(error), backoff));
    const doing = version === undefined ? 'list' : 'watch';
    // Without the right to watch, lists still show every change, as often as the backoff lets them.
    const isPolling = version !== undefined && failures > REFUSALS && source.isForbidden(error);
    if (isPolling) version = undefined;
    const instead = isPolling ? '; until it is allowed, changes are seen by lists alone' : '';
    log.warn({ reflector: name, retryInMs, err: error }, `${doing} failed and will be retried${instead}`);
    heartbeat.expectWithin(retryInMs);
    await sleep(retryInMs, signal);
  }

  function read(raw: Raw): T | undefined {
    try {
      last = intern(last, options.transform(raw));
      return last;
    } catch (error) {
      log.error({ reflector: name, ...splitKey(keyOf(raw)), err: error }, 'cannot read an object');
      return undefined;
    }
  }

  function report(key: string, before: T | undefined, after: T | undefined): void {
    try {
      onChange(key, before, after);
    } catch (error) {
      log.error({ reflector: name, ...splitKey(key), err: error }, 'cannot apply a change to the cache');
    }
  }

  return {
    name,
    cache,
    synced: synced.promise,
    hasSynced: () => hasSynced,
    isAlive: heartbeat.isAlive,
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
