import { isNewer } from './resource-version.ts';

/** The recent deletions of a resource, by which a cache recognizes an answer that a deletion has outdated. */
export interface Tombstones {
  /** Records a deletion, whose version is its own. */
  bury(key: string, version: string): void;
  /** True if the object was deleted at that version or later, and not long ago. */
  isBuried(key: string, version: string): boolean;
  /** Forgets all deletions. */
  clear(): void;
}

/** The time for which a deletion is remembered, in ms. It is longer than any answer to a write takes. */
const TOMBSTONE_MS = 5 * 60_000;

/**
 * Makes an empty record of deletions.
 * @param now a monotonic clock, in ms
 */
export function createTombstones(now: () => number): Tombstones {
  /** The version of each deletion, the latest one last. */
  const tombstones = new Map<string, { readonly version: string; readonly at: number }>();
  return {
    bury(key, version) {
      for (const [old, { at }] of tombstones) {
        if (now() - at < TOMBSTONE_MS) break;
        tombstones.delete(old);
      }
      tombstones.delete(key);
      tombstones.set(key, { version, at: now() });
    },
    isBuried(key, version) {
      const tombstone = tombstones.get(key);
      return tombstone !== undefined && !isNewer(version, tombstone.version);
    },
    clear: () => tombstones.clear(),
  };
}
