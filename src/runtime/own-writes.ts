/**
 * The writes of this process to the objects of one cache, so that the cache doesn't report their events.
 * Without this, the status of a failed reconcile would queue its key again immediately, past its backoff.
 */
export interface OwnWrites {
  /** Records that a write to the object begins. Until it ends, nobody knows whose an event is. */
  begin(key: string): void;
  /**
   * Records that a write has ended. Returns the events that came meanwhile, once no other write to the object
   * is in progress.
   */
  end(key: string): EarlyEvents | undefined;
  /** Records the version that a write made. The write holds no other writer's change. */
  wrote(key: string, version: string): void;
  /** True if the event of that version came before its write's answer. */
  isEarly(key: string, version: string): boolean;
  /** Takes in an event. Returns whose it is; `open` while a write is in progress. */
  take(key: string, version: string): 'own' | 'foreign' | 'open';
  /** Forgets the versions of an object whose newest state was reported, or that is gone. */
  forget(key: string): void;
}

/** The events that came while a write was in progress. */
export interface EarlyEvents {
  readonly versions: ReadonlySet<string>;
  /** True if this process made all of them. */
  readonly areOwn: boolean;
}

/** Makes the record. It stores nothing for an object without writes, which most are. */
export function createOwnWrites(): OwnWrites {
  /** The versions whose events haven't come yet. */
  const written = new Map<string, Set<string>>();
  /** The versions whose events came during a write. */
  const early = new Map<string, Set<string>>();
  /** The number of writes in progress. */
  const inProgress = new Map<string, number>();
  return {
    begin: (key) => void inProgress.set(key, (inProgress.get(key) ?? 0) + 1),
    end(key) {
      const left = (inProgress.get(key) ?? 1) - 1;
      if (left > 0) {
        inProgress.set(key, left);
        return undefined;
      }
      inProgress.delete(key);
      const versions = early.get(key);
      early.delete(key);
      if (!versions) return undefined;
      const foreign = [...versions].filter((version) => !remove(written, key, version));
      return { versions, areOwn: foreign.length === 0 };
    },
    wrote: (key, version) => add(written, key, version),
    isEarly: (key, version) => early.get(key)?.has(version) === true,
    take(key, version) {
      if (inProgress.has(key)) {
        add(early, key, version);
        return 'open';
      }
      return remove(written, key, version) ? 'own' : 'foreign';
    },
    forget(key) {
      written.delete(key);
      early.delete(key);
    },
  };
}

function add(sets: Map<string, Set<string>>, key: string, version: string): void {
  const versions = sets.get(key) ?? new Set();
  versions.add(version);
  sets.set(key, versions);
}

/** Returns true if the version was there. */
function remove(sets: Map<string, Set<string>>, key: string, version: string): boolean {
  const versions = sets.get(key);
  const was = versions?.delete(version) === true;
  if (versions?.size === 0) sets.delete(key);
  return was;
}
