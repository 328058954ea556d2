import { isSameEndpoint } from '../../api/endpoint.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Pair, StoreUser } from '../../provider/provider.ts';

/** From when on a new pair may answer a change of the Secret, or its removal, in ms since 1970; 0: now. */
export type ReissueTimes = Readonly<Record<'edited' | 'removed', number>>;

/**
 * What is known in this process of keys that need a look at the store, though nothing in Kubernetes says so.
 * Only a prompt: what it says is looked at again in the store before anything is done. Lost with the process;
 * the sweep at start fills it again.
 */
export interface Watchlist {
  /** Asks for a look at the store for an AccessKey, with the ids of users that may be left over. */
  flag(key: string, suspects?: readonly string[]): void;
  /** Whether a look was asked for. */
  isFlagged(key: string): boolean;
  suspectsOf(key: string): readonly string[];
  /** The look was taken, and nothing is left to do. Suspects that came up meanwhile stay. */
  settle(key: string, seen: readonly string[]): void;
  /** Asks for a read of the key's policy document: its turn has come. */
  wantPolicyCheck(key: string): void;
  isPolicyCheckWanted(key: string): boolean;
  /** The policy's document was read, and nothing else: that says nothing of the users. */
  policyChecked(key: string): void;
  /** Everything of the key was read in the store, from that time (ms since 1970) on. */
  looked(key: string, since: number): void;
  /** Whether a look at everything of the key was begun at that time (ms since 1970) or later. */
  lookedSince(key: string, time: number): boolean;
  /**
   * Takes in when the store attached the users of a key, as a list of them or a look at them has just shown it; these
   * alone are kept. Gives whether any of it is new.
   */
  sawUsers(key: string, users: Iterable<StoreUser | undefined>): boolean;
  /** When the store attached each user of the key, in ms since 1970, as they were last seen. */
  attachedTimes(key: string): ReadonlyMap<string, number>;
  /** A write to the store had no answer: it may still be done, long after. */
  unanswered(key: string): void;
  /**
   * For how long such a write may still come, in ms, counted from the first time that this is asked after it: so it is to be
   * asked once the store answers again. 0: none is to come any more.
   */
  lateWritesMs(key: string): number;
  /** The finalizer was put on just now; a deletion that was under way then may overlook it. */
  begun(key: string, accessKey: AccessKey): void;
  /** The AccessKey of that key that was begun in the last minutes; undefined where none was, or it has ended. */
  begunBy(key: string): AccessKey | undefined;
  /** The AccessKey is gone. */
  forget(key: string): void;
  /**
   * The user of a new pair is being made: it isn't left over, whatever a list of users says. The pair is kept until it is
   * published or its user is gone, so that a retry makes no other one.
   */
  beginIssue(key: string, pair: Pair, endpoint: string): void;
  endIssue(accessKeyId: string): void;
  isBeingIssued(accessKeyId: string): boolean;
  /** The pair of the key's last try at that endpoint; undefined where it was published, or its user removed. */
  pairOf(key: string, endpoint: string): Pair | undefined;
  /** The pair of the last try is published, or its user is removed: an id that was revoked isn't used again. */
  forgetPair(key: string, accessKeyId?: string): void;
  /** A new pair was published because somebody changed or removed the Secret. */
  reissued(key: string): void;
  /** When the next such pair may be made. */
  reissueAfter(key: string): ReissueTimes;
}

/**
 * How long after a store has answered again it may still do what was sent before: a server that was frozen finds it in its
 * connections' buffers and does it in any order, beside what is sent now, and what stands between may hold it longer.
 */
const LATE_MS = 30_000;
/** The most suspects of a key. A pass has fewer to read then, and the next sweep finds the rest. */
const MAX_SUSPECTS = 64;
/** How long a deletion may be under way in the API server, and more. */
const BEGUN_MS = 10 * 60_000;

/** How long the answer to the next change or removal of a Secret waits, by how many were answered in a row. */
const REISSUE_WAITS_MS = {
  edited: [120_000, 600_000, 1_800_000, 3_600_000],
  removed: [5_000, 15_000, 60_000, 600_000],
};
/** After this time without a change the next one is answered at once. */
const REISSUE_QUIET_MS = 2 * 3_600_000;

/** @param now in ms since 1970 */
export function createWatchlist(now: () => number): Watchlist {
  const flagged = new Map<string, Set<string>>();
  const policyChecks = new Set<string>();
  /** When the latest look at each was begun, of those that were looked at. */
  const lookedAt = new Map<string, number>();
  /** Nearly always one user of a key: a list takes less than a map. */
  const attached = new Map<string, readonly (readonly [id: string, time: number])[]>();
  const issuing = new Set<string>();
  const reissues = new Map<string, { readonly count: number; readonly at: number }>();
  /** What wasn't published yet; bound to the endpoint, so that no other one comes to know it. */
  const pairs = new Map<string, { readonly pair: Pair; readonly endpoint: string }>();
  /** Until when a write without an answer may come; undefined until the store answers again. */
  const late = new Map<string, number | undefined>();
  /** The oldest first. */
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
    },
    lookedSince: (key, time) => (lookedAt.get(key) ?? 0) >= time,
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
