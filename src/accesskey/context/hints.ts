import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { StoreUser } from '../../provider/provider.ts';
import { createIssues, type Issues } from './issues.ts';
import { createLateWrites, type LateWrites } from './late-writes.ts';

/**
 * The memory of this process about keys that may need a sync although nothing in Kubernetes says so. A hint
 * only prompts a read: the operator reads the store before it acts. The hints are lost with the process; the
 * sweep at start fills them again.
 */
export interface Hints extends Omit<LateWrites, 'forget'>, Omit<Issues, 'forget' | 'countReissue'> {
  /** Requests a sync of an AccessKey, with the ids of users that may be left over. */
  requestSync(key: string, suspects?: readonly string[]): void;
  /** True if a sync was requested and has not succeeded since. */
  isSyncRequested(key: string): boolean;
  /** Returns the ids of the key's users that may be left over. */
  suspectsOf(key: string): readonly string[];
  /**
   * True if the key had more suspects than this process remembers, so that another list of users must show
   * the rest. Resets this.
   */
  takeOverflow(key: string): boolean;
  /** Records that the operator is done with those suspects. Those that came up in the meantime stay. */
  clearSuspects(key: string, seen: readonly string[]): void;
  /** Asks for a read of the key's policy document, because its periodic check is due. */
  wantPolicyCheck(key: string): void;
  isPolicyCheckWanted(key: string): boolean;
  /** Records that the operator read the policy's document, and nothing of the users. */
  policyChecked(key: string): void;
  /** Records that a sync has read everything of the key in the store, and applied its plan. */
  synced(key: string, sync: Synced): void;
  /** True if the latest sync of the key began at that time (ms since 1970) or later. */
  syncBeganSince(key: string, time: number): boolean;
  /**
   * True if the latest sync of the key ended at that time (ms since 1970) or later. A list that began at that
   * time may miss what the sync made.
   */
  syncEndedSince(key: string, time: number): boolean;
  /**
   * Records when the store attached the users of a key, as a list or a read has just shown it. Forgets all
   * other users.
   */
  sawUsers(key: string, users: Iterable<StoreUser | undefined>): void;
  /** True if the store attached one of the users at a time that the operator doesn't know yet. */
  isNews(key: string, users: Iterable<StoreUser | undefined>): boolean;
  /** Returns the key's users that the operator last saw attached in the store. */
  attachedUsers(key: string): ReadonlyMap<string, AttachedUser>;
  /**
   * Records that an AccessKey has appeared while this process leads. Until its first sync begins, nothing was
   * made for it, although it may carry the finalizer since its creation.
   */
  appeared(key: string, uid: string): void;
  /** True if that AccessKey has appeared while this process leads, and no sync of it has begun. */
  awaitsFirstSync(key: string, uid: string): boolean;
  /** Returns the keys of the AccessKeys that await their first sync. */
  keysAwaitingFirstSync(): Iterable<string>;
  /**
   * Records that the first sync of an AccessKey begins, now that its finalizer is there. A deletion that was
   * running when the operator added the finalizer may overlook the finalizer.
   */
  firstSyncBegins(key: string, accessKey: AccessKey): void;
  /**
   * Returns the AccessKey of that key, if its first sync began in the last minutes and the operator hasn't
   * forgotten it since.
   */
  recentlyBegun(key: string): AccessKey | undefined;
  /** Forgets a key whose AccessKey is gone. */
  forget(key: string): void;
}

/** A user, and when the store attached it, in ms since 1970. */
export type AttachedUser = Required<Pick<StoreUser, 'attachedAt'>>;

/** The result of a sync. */
export interface Synced {
  /** The time when it began to read, in ms since 1970. */
  readonly since: number;
  /** The key's users that it left in the store. */
  readonly users: Iterable<StoreUser | undefined>;
  /** The suspects that it read. */
  readonly suspects: readonly string[];
  /** True if it published a new pair. */
  readonly published: boolean;
  /** True if it published that pair because somebody changed or removed the Secret. */
  readonly answeredDamage: boolean;
}

/** The maximum number of suspects of a key, a bound for memory. Another list of users shows the rest. */
const MAX_SUSPECTS = 1_000;
/** An upper bound of how long a deletion may run in the API server, in ms. */
const NEW_FINALIZER_MS = 10 * 60_000;

/**
 * Makes the hints of a process.
 * @param now returns the time in ms since 1970
 */
export function createHints(now: () => number, lateWritesMs?: number): Hints {
  const lateWrites = createLateWrites(now, lateWritesMs);
  const issues = createIssues(now);
  const flagged = new Map<string, Set<string>>();
  /** The keys with more suspects than the operator remembers. */
  const overflowed = new Set<string>();
  const policyChecks = new Set<string>();
  /** The times when the latest sync of each key began and ended. */
  const syncs = new Map<string, { readonly beganAt: number; readonly endedAt: number }>();
  /** A list, because it takes less memory than a map and a key usually has one user. */
  const attached = new Map<string, readonly (readonly [id: string, time: number])[]>();
  /** The uids of the AccessKeys that have appeared and wait for their first sync. */
  const awaiting = new Map<string, string>();
  /** In the order of their start, oldest first. */
  const newFinalizers = new Map<string, { readonly accessKey: AccessKey; readonly at: number }>();

  function clearSuspects(key: string, seen: readonly string[]): void {
    const known = flagged.get(key);
    if (!known) return;
    for (const id of seen) known.delete(id);
    if (known.size === 0) flagged.delete(key);
  }

  function sawUsers(key: string, users: Iterable<StoreUser | undefined>): void {
    attached.set(key, timesOf(users));
  }

  return {
    ...lateWrites,
    ...issues,
    requestSync(key, suspects = []) {
      const known = flagged.get(key) ?? new Set<string>();
      for (const id of suspects) {
        if (known.size < MAX_SUSPECTS) known.add(id);
        else if (!known.has(id)) overflowed.add(key);
      }
      flagged.set(key, known);
    },
    isSyncRequested: (key) => flagged.has(key),
    suspectsOf: (key) => [...(flagged.get(key) ?? [])],
    takeOverflow: (key) => overflowed.delete(key),
    clearSuspects,
    wantPolicyCheck: (key) => void policyChecks.add(key),
    isPolicyCheckWanted: (key) => policyChecks.has(key),
    policyChecked: (key) => void policyChecks.delete(key),
    synced(key, { since, users, suspects, published, answeredDamage }) {
      sawUsers(key, users);
      clearSuspects(key, suspects);
      policyChecks.delete(key);
      syncs.set(key, { beganAt: since, endedAt: now() });
      if (published) issues.forgetPair(key);
      if (answeredDamage) issues.countReissue(key);
    },
    syncBeganSince: (key, time) => (syncs.get(key)?.beganAt ?? 0) >= time,
    syncEndedSince: (key, time) => (syncs.get(key)?.endedAt ?? 0) >= time,
    sawUsers,
    isNews(key, users) {
      const known = new Map(attached.get(key));
      return timesOf(users).some(([id, time]) => known.get(id) !== time);
    },
    attachedUsers: (key) =>
      new Map((attached.get(key) ?? []).map(([id, attachedAt]) => [id, { attachedAt }])),
    appeared(key, uid) {
      // A cache that is filled anew may show again what this process has begun.
      if (newFinalizers.get(key)?.accessKey.metadata.uid !== uid) awaiting.set(key, uid);
    },
    awaitsFirstSync: (key, uid) => awaiting.get(key) === uid,
    keysAwaitingFirstSync: () => awaiting.keys(),
    firstSyncBegins(key, accessKey) {
      awaiting.delete(key);
      newFinalizers.delete(key);
      newFinalizers.set(key, { accessKey, at: now() });
      for (const [old, { at }] of newFinalizers) {
        if (now() - at < NEW_FINALIZER_MS) break;
        newFinalizers.delete(old);
      }
    },
    recentlyBegun: (key) => newFinalizers.get(key)?.accessKey,
    forget(key) {
      awaiting.delete(key);
      newFinalizers.delete(key);
      flagged.delete(key);
      overflowed.delete(key);
      attached.delete(key);
      policyChecks.delete(key);
      syncs.delete(key);
      lateWrites.forget(key);
      issues.forget(key);
    },
  };
}

/** Returns when the store attached each of the users, as far as it says so. */
function timesOf(users: Iterable<StoreUser | undefined>): (readonly [id: string, time: number])[] {
  return [...users].flatMap((user) =>
    user?.attachedAt === undefined ? [] : [[user.accessKeyId, user.attachedAt] as const],
  );
}
