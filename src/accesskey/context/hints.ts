import { isSameEndpoint } from '../../api/endpoint.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Pair, StoreUser } from '../../provider/provider.ts';

/**
 * The times when the operator may make a new pair after a change or removal of the Secret, in ms since 1970;
 * 0 means now.
 */
export type ReissueTimes = Readonly<Record<'edited' | 'removed', number>>;

/**
 * The memory of this process about keys that may need a sync although nothing in Kubernetes says so. A hint
 * only prompts a read: the operator reads the store before it acts. The hints are lost with the process; the
 * sweep at start fills them again.
 */
export interface Hints {
  /** Asks for a sync of an AccessKey, with the ids of users that may be left over. */
  flag(key: string, suspects?: readonly string[]): void;
  /** True if somebody asked for a sync. */
  isFlagged(key: string): boolean;
  suspectsOf(key: string): readonly string[];
  /** Records that the sync is done and left nothing to do. Suspects that came up in the meantime stay. */
  settle(key: string, seen: readonly string[]): void;
  /** Asks for a read of the key's policy document, because its periodic check is due. */
  wantPolicyCheck(key: string): void;
  isPolicyCheckWanted(key: string): boolean;
  /** Records that the operator read the policy's document, and nothing of the users. */
  policyChecked(key: string): void;
  /**
   * Records that the operator read everything of the key in the store, beginning at that time (ms since
   * 1970).
   */
  looked(key: string, since: number): void;
  /** True if the latest read of everything of the key began at that time (ms since 1970) or later. */
  lookedSince(key: string, time: number): boolean;
  /**
   * True if such a look ended at that time (ms since 1970) or later: a list that began then may miss what it
   * made.
   */
  lookEndedSince(key: string, time: number): boolean;
  /**
   * Records when the store attached the users of a key, as a list or a read has just shown it. Forgets all
   * other users. Returns whether any time is new.
   */
  sawUsers(key: string, users: Iterable<StoreUser | undefined>): boolean;
  /** Returns when the store attached each user of the key, in ms since 1970, as the operator last saw it. */
  attachedTimes(key: string): ReadonlyMap<string, number>;
  /** Records that a write to the store had no answer: it may still take effect long after. */
  unanswered(key: string): void;
  /**
   * Returns for how long such a write may still take effect, in ms; 0 if no write can. The time counts from
   * the first call after the write, so callers ask once the store answers again.
   */
  lateWritesMs(key: string): number;
  /**
   * Records that the operator has just added the finalizer. A deletion that was running at that moment may
   * overlook it.
   */
  begun(key: string, accessKey: AccessKey): void;
  /**
   * Returns the AccessKey of that key that got its finalizer in the last minutes, or undefined if there is
   * none or it has ended.
   */
  begunBy(key: string): AccessKey | undefined;
  /** Forgets a key whose AccessKey is gone. */
  forget(key: string): void;
  /**
   * Records that the operator is making the user of a new pair, so no list of users can make it a leftover.
   * Keeps the pair until it is published or its user is gone, so a retry makes no second pair.
   */
  beginIssue(key: string, pair: Pair, endpoint: string): void;
  endIssue(accessKeyId: string): void;
  isBeingIssued(accessKeyId: string): boolean;
  /**
   * Returns the pair of the key's last try at that endpoint, or undefined if it was published or its user
   * removed.
   */
  pairOf(key: string, endpoint: string): Pair | undefined;
  /**
   * Forgets the pair of the last try after its publication or its user's removal. The operator never uses a
   * revoked id again.
   */
  forgetPair(key: string, accessKeyId?: string): void;
  /** Records that the operator published a new pair because somebody changed or removed the Secret. */
  reissued(key: string): void;
  /** Returns when it may make the next such pair. */
  reissueAfter(key: string): ReissueTimes;
}

/**
 * The time in which a store that answers again may still apply an earlier write, in ms. A server that was
 * frozen finds such writes in its connections' buffers. It applies them in any order, beside new ones, and
 * proxies may hold them longer.
 */
const LATE_MS = 30_000;
/** The maximum number of suspects of a key. It bounds the reads of a pass; the next sweep finds the rest. */
const MAX_SUSPECTS = 64;
/** An upper bound of how long a deletion may run in the API server, in ms. */
const BEGUN_MS = 10 * 60_000;

/**
 * The waits in ms before the operator answers the next change or removal of a Secret, by the number of those
 * that it has answered in a row.
 */
const REISSUE_WAITS_MS = {
  edited: [120_000, 600_000, 1_800_000, 3_600_000],
  removed: [5_000, 15_000, 60_000, 600_000],
};
/** After this time without a change, in ms, the operator answers the next one immediately. */
const REISSUE_QUIET_MS = 2 * 3_600_000;

/**
 * Makes the hints of a process.
 * @param now returns the time in ms since 1970
 */
export function createHints(now: () => number): Hints {
  const flagged = new Map<string, Set<string>>();
  const policyChecks = new Set<string>();
  /** The time when the latest read of each key began, if there was one. */
  const lookedAt = new Map<string, number>();
  /** The time when the latest full read ended. */
  const lookEndedAt = new Map<string, number>();
  /** A list, because it takes less memory than a map and a key usually has one user. */
  const attached = new Map<string, readonly (readonly [id: string, time: number])[]>();
  const issuing = new Set<string>();
  const reissues = new Map<string, { readonly count: number; readonly at: number }>();
  /**
   * The pairs that aren't published yet, with their endpoint, so that no other endpoint gets to know them.
   */
  const pairs = new Map<string, { readonly pair: Pair; readonly endpoint: string }>();
  /** Until when a write without an answer may take effect; undefined until the store answers again. */
  const late = new Map<string, number | undefined>();
  /** In the order of their start, oldest first. */
  const begun = new Map<string, { readonly accessKey: AccessKey; readonly at: number }>();
  return {
    flag(key, suspects = []) {
      const known = flagged.get(key) ?? new Set<string>();
      for (const id of suspects) if (known.size < MAX_SUSPECTS) known.add(id);
      flagged.set(key, known);
    },
    isFlagged: (key) => flagged.has(key),
    suspectsOf: (key) => [...(flagged.get(key) ?? [])],
    settle(key, seen) {
      const known = flagged.get(key);
      if (!known) return;
      for (const id of seen) known.delete(id);
      if (known.size === 0) flagged.delete(key);
    },
    wantPolicyCheck: (key) => void policyChecks.add(key),
    isPolicyCheckWanted: (key) => policyChecks.has(key),
    policyChecked: (key) => void policyChecks.delete(key),
    looked(key, since) {
      policyChecks.delete(key);
      lookedAt.set(key, since);
      lookEndedAt.set(key, now());
    },
    lookedSince: (key, time) => (lookedAt.get(key) ?? 0) >= time,
    lookEndedSince: (key, time) => (lookEndedAt.get(key) ?? 0) >= time,
    sawUsers(key, users) {
      const before = new Map(attached.get(key));
      const times = [...users].flatMap((user) =>
        user?.attachedAt === undefined ? [] : [[user.accessKeyId, user.attachedAt] as const],
      );
      attached.set(key, times);
      return times.some(([id, time]) => before.get(id) !== time);
    },
    attachedTimes: (key) => new Map(attached.get(key)),
    unanswered: (key) => void late.set(key, undefined),
    lateWritesMs(key) {
      if (!late.has(key)) return 0;
      const until = late.get(key) ?? now() + LATE_MS;
      late.set(key, until);
      if (until <= now()) late.delete(key);
      return Math.max(0, until - now());
    },
    begun(key, accessKey) {
      begun.delete(key);
      begun.set(key, { accessKey, at: now() });
      for (const [old, { at }] of begun) {
        if (now() - at < BEGUN_MS) break;
        begun.delete(old);
      }
    },
    begunBy: (key) => begun.get(key)?.accessKey,
    forget(key) {
      begun.delete(key);
      flagged.delete(key);
      attached.delete(key);
      late.delete(key);
      policyChecks.delete(key);
      lookedAt.delete(key);
      lookEndedAt.delete(key);
      pairs.delete(key);
      reissues.delete(key);
    },
    beginIssue(key, pair, endpoint) {
      issuing.add(pair.accessKeyId);
      pairs.set(key, { pair, endpoint });
    },
    endIssue: (id) => void issuing.delete(id),
    isBeingIssued: (id) => issuing.has(id),
    pairOf(key, endpoint) {
      const last = pairs.get(key);
      return last && isSameEndpoint(last.endpoint, endpoint) ? last.pair : undefined;
    },
    reissued(key) {
      const last = reissues.get(key);
      const count = last && now() - last.at < REISSUE_QUIET_MS ? last.count + 1 : 1;
      reissues.set(key, { count, at: now() });
    },
    reissueAfter(key) {
      const last = reissues.get(key);
      const after = (waits: readonly number[]) =>
        last ? last.at + (waits[Math.min(last.count, waits.length) - 1] ?? 0) : 0;
      return { edited: after(REISSUE_WAITS_MS.edited), removed: after(REISSUE_WAITS_MS.removed) };
    },
    forgetPair(key, accessKeyId) {
      const last = pairs.get(key);
      if (accessKeyId === undefined || last?.pair.accessKeyId === accessKeyId) pairs.delete(key);
    },
  };
}
