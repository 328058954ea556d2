import { keyOf, type Named } from './key.ts';
import { createOwnWrites, type EarlyEvents } from './own-writes.ts';
import { isNewer, isOlder } from './resource-version.ts';
import { createTombstones } from './tombstones.ts';

/** The part of an object that every transform has to keep. */
export interface Cached extends Named {
  readonly metadata: Named['metadata'] & { readonly uid: string; readonly resourceVersion: string };
}

/**
 * Reports one change, with the last reported state and the newest one; undefined if there is none. A
 * different `metadata.uid` in the two means that the object was deleted and created again in between.
 */
export type OnChange<T> = (key: string, before: T | undefined, after: T | undefined) => void;

/**
 * Records a change of a cache's content, at the moment when it changes, for an index over it. Unlike
 * `OnChange`, it also hears of what `put` takes in.
 */
export type OnHeld<T> = (key: string, before: T | undefined, after: T | undefined) => void;

/** The objects of one resource, as a watch and the answers to this process's writes have shown them. */
export interface Cache<T extends Cached> {
  get(key: string): T | undefined;
  values(): IterableIterator<T>;
  readonly size: number;
  /**
   * Takes in what a live read or a write by this process has returned. Ignores it unless it is newer than the
   * cached object and than any deletion of the last minutes. `onChange` is called only when the watch shows
   * that version, since another writer's change may lie between what the caller knew and what it got.
   * @param exclusive the write was a create, or was bound to a resourceVersion, so it holds no other writer's
   * change. The cache doesn't report its event. A caller that needs to hear of such a write queues the key.
   */
  put(object: T, options?: { readonly exclusive?: boolean }): void;
  /**
   * Runs a write that ends in a `put`. The cache reports an event that overtakes the write's answer only
   * afterwards, so that it doesn't take an exclusive write for another writer's change.
   */
  writing<R>(key: string, write: () => Promise<R>): Promise<R>;
}

/** The writing side of a cache, for the reflector that fills it. */
export interface WatchedCache<T extends Cached> {
  readonly cache: Cache<T>;
  /**
   * Takes in an added or modified object. An older one than the cached object changes nothing, but is
   * reported.
   */
  set(object: T): void;
  /** Takes in a deletion. The object's version is that of the deletion. */
  remove(object: Cached): void;
  /**
   * Takes in a whole list of that version, and reports every difference from the last reports. It pauses
   * after each piece, so that other work can run; objects that `put` adds meanwhile stay. The caller feeds no
   * other event of the watch until it has ended.
   */
  replacing(items: readonly T[], version: string, options?: ReplaceOptions): Iterable<void>;
}

interface ReplaceOptions {
  /** Keys in the list whose objects could not be read. They stay as they are. */
  readonly unread?: ReadonlySet<string>;
  /**
   * True if the server has gone back in time (restored from a backup), so that earlier versions mean nothing.
   */
  readonly rewound?: boolean;
}

interface Entry<T> {
  object: T;
  /** The state that `onChange` has seen, or doesn't need to see. */
  reported: T | undefined;
}

/**
 * Makes an empty cache. It calls `onChange`, which must not throw, once it holds the change.
 * @param now a monotonic clock, in ms
 * @param onHeld keeps an index; must not throw
 */
export function createCache<T extends Cached>(
  onChange: OnChange<T>,
  now: () => number = () => performance.now(),
  onHeld: OnHeld<T> = () => {},
): WatchedCache<T> {
  const entries = new Map<string, Entry<T>>();
  const ownWrites = createOwnWrites();
  const tombstones = createTombstones(now);

  /** The version of the last list. An object that the list left out and that isn't newer is gone. */
  let listed: string | undefined;

  /** Takes the object in as the newest one, and returns its entry. */
  function hold(key: string, entry: Entry<T> | undefined, object: T): Entry<T> {
    const held = entry ?? { object, reported: undefined };
    if (!entry) entries.set(key, held);
    const before = entry?.object;
    held.object = object;
    onHeld(key, before, object);
    return held;
  }

  function isGone(key: string, version: string): boolean {
    if (tombstones.isBuried(key, version)) return true;
    return listed !== undefined && !entries.has(key) && !isNewer(version, listed);
  }

  function put(object: T, { exclusive = false } = {}): void {
    const key = keyOf(object);
    const version = versionOf(object);
    const entry = entries.get(key);
    if (exclusive && ownWrites.isEarly(key, version)) ownWrites.wrote(key, version);
    if (isGone(key, version) || (entry !== undefined && !isNewer(version, versionOf(entry.object)))) return;
    hold(key, entry, object);
    if (exclusive) ownWrites.wrote(key, version);
  }

  function set(object: T): void {
    const key = keyOf(object);
    const version = versionOf(object);
    if (isGone(key, version)) return;
    const held = entries.get(key);
    if (held?.reported !== undefined && !isNewer(version, versionOf(held.reported))) return;
    const entry = held && isOlder(version, versionOf(held.object)) ? held : hold(key, held, object);
    const whose = ownWrites.take(key, version);
    if (whose === 'own') entry.reported = object;
    if (whose === 'foreign') report(key, entry);
  }

  async function writing<R>(key: string, write: () => Promise<R>): Promise<R> {
    ownWrites.begin(key);
    try {
      return await write();
    } finally {
      const early = ownWrites.end(key);
      if (early) takeEarly(key, early);
    }
  }

  function takeEarly(key: string, { versions, areOwn }: EarlyEvents): void {
    const entry = entries.get(key);
    if (!entry) return;
    // Another writer's change may lie between the early events and the present object, which a later answer
    // has shown.
    if (areOwn && versions.has(versionOf(entry.object))) entry.reported = entry.object;
    else report(key, entry);
  }

  /**
   * Reports the newest object. Every own version of the key is at most that one, so none is left to report.
   */
  function report(key: string, entry: Entry<T>): void {
    const before = entry.reported;
    entry.reported = entry.object;
    ownWrites.forget(key);
    onChange(key, before, entry.object);
  }

  function drop(key: string, { object }: Entry<T>): void {
    entries.delete(key);
    onHeld(key, object, undefined);
    ownWrites.forget(key);
  }

  function remove(object: Cached): void {
    const key = keyOf(object);
    const version = versionOf(object);
    const entry = entries.get(key);
    if (entry !== undefined && isOlder(version, versionOf(entry.object))) {
      // A write by this process has shown that the object was created again.
      report(key, entry);
      return;
    }
    tombstones.bury(key, version);
    if (entry === undefined) return;
    drop(key, entry);
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
      if (tombstones.isBuried(key, versionOf(item))) continue;
      const held = entries.get(key);
      const isBehind = held && !rewound && isOlder(versionOf(item), versionOf(held.object));
      const entry = isBehind ? held : hold(key, held, item);
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
        // This process wrote the object after the list. Its predecessor may have gone even so.
        const known = entry.reported && versionOf(entry.reported);
        if (known === undefined || !isOlder(version, known)) changed.push(() => report(key, entry));
        continue;
      }
      drop(key, entry);
      changed.push(() => onChange(key, entry.reported ?? entry.object, undefined));
    }
    for (const report of changed) {
      yield;
      report();
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
