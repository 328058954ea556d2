import { keyOf, type Named } from './key.ts';
import { compareResourceVersions, isOlder } from './resource-version.ts';

/** What an object keeps in a cache, whatever a transform leaves out. */
export interface Cached extends Named {
  readonly metadata: Named['metadata'] & { readonly uid: string; readonly resourceVersion: string };
}

/**
 * Tells of one change, with the state that was told last and the newest one: undefined where there is none. A
 * different `metadata.uid` in the two is an object that was deleted and made again in between.
 */
export type OnChange<T> = (key: string, before: T | undefined, after: T | undefined) => void;

/** The objects of one resource, as a watch and the answers of our own writes have shown them. */
export interface Cache<T extends Cached> {
  get(key: string): T | undefined;
  values(): IterableIterator<T>;
  readonly size: number;
  /**
   * Takes in what a live read or a write of our own has returned; ignored where it isn't newer than what is
   * there, or than a deletion that was seen in the last minutes. `onChange` isn't called now but when the watch
   * shows that version, since between what the caller knew and what it got there may be somebody else's change.
   * @param exclusive the write was a create, or was bound to a resourceVersion: nobody else's change is in it,
   *   and its event isn't reported. Who needs to hear of such a write queues the key itself.
   */
  put(object: T, options?: { readonly exclusive?: boolean }): void;
  /**
   * Runs a write of our own that ends in a `put`. An event that overtakes its answer is told of only afterwards, so that
   * an exclusive write's isn't taken for somebody else's change.
   */
  writing<R>(key: string, write: () => Promise<R>): Promise<R>;
}

/** The writing side of a cache, for the reflector that fills it. */
export interface WatchedCache<T extends Cached> {
  readonly cache: Cache<T>;
  /** Takes in an added or modified object. One older than what is there changes nothing, but is reported. */
  set(object: T): void;
  /** Takes in a deletion; the object's version is that of the deletion. */
  remove(object: Cached): void;
  /**
   * Takes in a whole list of that version, and reports every difference to what was reported before. It rests after each
   * piece, so that others have their turn; what writes of our own put in meanwhile stays. Nothing else of the watch may come
   * until it has ended.
   */
  replacing(items: readonly T[], version: string, options?: ReplaceOptions): Iterable<void>;
}

interface ReplaceOptions {
  /** Keys that the list has and that could not be read: they stay as they are. */
  readonly unread?: ReadonlySet<string>;
  /** The server has gone back in time (restored from a backup): versions from before mean nothing. */
  readonly rewound?: boolean;
}

interface Entry<T> {
  object: T;
  /** The state that `onChange` was told, or that it need not be told. */
  reported: T | undefined;
}

function entryOf<T>(object: T): Entry<T> {
  return { object, reported: undefined };
}

/** Some versions of some keys: of the most keys none, for which it keeps nothing. */
function createVersions() {
  const byKey = new Map<string, Set<string>>();
  return {
    add(key: string, version: string): void {
      const versions = byKey.get(key) ?? new Set<string>();
      versions.add(version);
      byKey.set(key, versions);
    },
    has: (key: string, version: string): boolean => byKey.get(key)?.has(version) === true,
    /** Gives whether it was there. */
    delete(key: string, version: string): boolean {
      const versions = byKey.get(key);
      const was = versions?.delete(version) === true;
      if (versions?.size === 0) byKey.delete(key);
      return was;
    },
    /** Removes all of a key, and gives them. */
    take(key: string): readonly string[] {
      const versions = [...(byKey.get(key) ?? [])];
      byKey.delete(key);
      return versions;
    },
  };
}

/** How long a deletion is remembered: longer than any answer to a write is under way. */
const TOMBSTONE_MS = 5 * 60_000;

/**
 * Makes an empty cache. `onChange` is called after the change is in the cache, and must not throw.
 * @param now a monotonic clock, in ms
 */
export function createCache<T extends Cached>(
  onChange: OnChange<T>,
  now: () => number = () => performance.now(),
): WatchedCache<T> {
  const entries = new Map<string, Entry<T>>();
  /** The versions of exclusive writes whose events are still to come. */
  const own = createVersions();
  /** The versions whose events came while a write of ours was under way. */
  const early = createVersions();
  /** The version of each deletion, the latest one last. */
  const tombstones = new Map<string, { readonly version: string; readonly at: number }>();

  /** How many writes of ours are under way, by key. */
  const writes = new Map<string, number>();

  /** The version of the last list: what it didn't have, and isn't newer, is gone. */
  let listed: string | undefined;

  function bury(key: string, version: string): void {
    for (const [old, { at }] of tombstones) {
      if (now() - at < TOMBSTONE_MS) break;
      tombstones.delete(old);
    }
    tombstones.delete(key);
    tombstones.set(key, { version, at: now() });
  }

  function isBuried(key: string, version: string): boolean {
    const tombstone = tombstones.get(key);
    return tombstone !== undefined && !isNewer(version, tombstone.version);
  }

  function isGone(key: string, version: string): boolean {
    if (isBuried(key, version)) return true;
    return listed !== undefined && !entries.has(key) && !isNewer(version, listed);
  }

  function put(object: T, { exclusive = false } = {}): void {
    const key = keyOf(object);
    const version = versionOf(object);
    const entry = entries.get(key);
    if (exclusive && early.has(key, version)) own.add(key, version);
    if (isGone(key, version) || (entry !== undefined && !isNewer(version, versionOf(entry.object)))) return;
    const kept = entry ?? entryOf(object);
    kept.object = object;
    if (exclusive) own.add(key, version);
    entries.set(key, kept);
  }

  function set(object: T): void {
    const key = keyOf(object);
    const version = versionOf(object);
    if (isGone(key, version)) return;
    const entry = entries.get(key) ?? entryOf(object);
    entries.set(key, entry);
    if (entry.reported !== undefined && !isNewer(version, versionOf(entry.reported))) return;
    if (!isOlder(version, versionOf(entry.object))) entry.object = object;
    if (writes.has(key)) early.add(key, version);
    else if (own.delete(key, version)) entry.reported = object;
    else report(key, entry);
  }

  async function writing<R>(key: string, write: () => Promise<R>): Promise<R> {
    writes.set(key, (writes.get(key) ?? 0) + 1);
    try {
      return await write();
    } finally {
      const left = (writes.get(key) ?? 1) - 1;
      if (left > 0) writes.set(key, left);
      else {
        writes.delete(key);
        tellEarly(key);
      }
    }
  }

  function tellEarly(key: string): void {
    const entry = entries.get(key);
    const versions = early.take(key);
    if (!entry || versions.length === 0) return;
    // Between those that came early and what is there now, which a later answer has shown, may be somebody else's change.
    const foreign =
      versions.some((version) => !own.delete(key, version)) || !versions.includes(versionOf(entry.object));
    if (foreign) report(key, entry);
    else entry.reported = entry.object;
  }

  /** Every version in `own` of that key is at most the newest one, so nothing of it is left to be told. */
  function report(key: string, entry: Entry<T>): void {
    const before = entry.reported;
    entry.reported = entry.object;
    own.take(key);
    early.take(key);
    onChange(key, before, entry.object);
  }

  function drop(key: string): void {
    entries.delete(key);
    own.take(key);
    early.take(key);
  }

  function remove(object: Cached): void {
    const key = keyOf(object);
    const version = versionOf(object);
    const entry = entries.get(key);
    if (entry !== undefined && isOlder(version, versionOf(entry.object))) {
      // It has been made again already, which a write of ours has shown.
      report(key, entry);
      return;
    }
    bury(key, version);
    if (entry === undefined) return;
    drop(key);
    onChange(key, entry.reported ?? entry.object, undefined);
  }

  function* replacing(
    items: readonly T[],
    version: string,
    { unread, rewound = false }: ReplaceOptions = {},
  ): Iterable<void> {
    const changed: (() => void)[] = [];
    const present = new Set(unread);
    if (rewound) {
      tombstones.clear();
      listed = undefined;
    }
    for (const item of items) {
      yield;
      const key = keyOf(item);
      present.add(key);
      if (isBuried(key, versionOf(item))) continue;
      const entry = entries.get(key) ?? entryOf(item);
      entries.set(key, entry);
      if (rewound || !isOlder(versionOf(item), versionOf(entry.object))) entry.object = item;
      const known = entry.reported === undefined ? undefined : versionOf(entry.reported);
      if (known === undefined || (rewound ? known !== versionOf(item) : isNewer(versionOf(item), known))) {
        changed.push(() => report(key, entry));
      }
    }
    listed = version;
    for (const [key, entry] of entries) {
      yield;
      if (present.has(key)) continue;
      if (!rewound && isOlder(version, versionOf(entry.object))) {
        // Written after the list, by us: what was there before may have gone all the same.
        const known = entry.reported && versionOf(entry.reported);
        if (known === undefined || !isOlder(version, known)) changed.push(() => report(key, entry));
        continue;
      }
      drop(key);
      changed.push(() => onChange(key, entry.reported ?? entry.object, undefined));
    }
    for (const tell of changed) {
      yield;
      tell();
    }
  }

  return {
    cache: {
      get: (key) => entries.get(key)?.object,
      *values() {
        for (const { object } of entries.values()) yield object;
      },
      get size() {
        return entries.size;
      },
      put,
      writing,
    },
    set,
    remove,
    replacing,
  };
}

function versionOf(object: Cached): string {
  return object.metadata.resourceVersion;
}

/** Versions without an order count as newer: rather taken in twice than missed. */
function isNewer(a: string, b: string): boolean {
  return (compareResourceVersions(a, b) ?? 1) > 0;
}
