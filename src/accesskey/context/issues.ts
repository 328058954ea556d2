import { isSameEndpoint } from '../../api/endpoint.ts';
import type { Pair } from '../../provider/provider.ts';

/**
 * The times when the operator may make a new pair after a change or removal of the Secret, in ms since 1970;
 * 0 means now.
 */
export type ReissueTimes = Readonly<Record<'edited' | 'removed', number>>;

/**
 * The pairs that this process is issuing or failed to publish, and how often it answered damage by a new
 * pair.
 */
export interface Issues {
  /**
   * Records that the operator is making the user of a new pair, so no list of users can make it a leftover.
   * Keeps the pair until it is published or its user is gone, so a retry makes no second pair.
   */
  beginIssue(key: string, pair: Pair, endpoint: string): void;
  endIssue(accessKeyId: string): void;
  isBeingIssued(accessKeyId: string): boolean;
  /** Returns for how long the operator has been issuing the key's unpublished pair, in ms; 0 without one. */
  issuingForMs(key: string): number;
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
  /** Returns when the operator may answer the next change or removal of the Secret with a new pair. */
  reissueAfter(key: string): ReissueTimes;
  /** Counts a new pair that answered a change or removal of the Secret. */
  countReissue(key: string): void;
  /** Forgets the pairs of a key. */
  forget(key: string): void;
}

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
 * Makes an empty record.
 * @param now returns the time in ms since 1970
 */
export function createIssues(now: () => number): Issues {
  const issuing = new Set<string>();
  const reissues = new Map<string, { readonly count: number; readonly at: number }>();
  /**
   * The pairs that aren't published yet, with their endpoint, so that no other endpoint gets to know them.
   */
  const pairs = new Map<string, { readonly pair: Pair; readonly endpoint: string; readonly since: number }>();
  return {
    beginIssue(key, pair, endpoint) {
      issuing.add(pair.accessKeyId);
      const last = pairs.get(key);
      const since = last?.pair.accessKeyId === pair.accessKeyId ? last.since : now();
      pairs.set(key, { pair, endpoint, since });
    },
    endIssue: (id) => void issuing.delete(id),
    isBeingIssued: (id) => issuing.has(id),
    issuingForMs(key) {
      const last = pairs.get(key);
      return last ? now() - last.since : 0;
    },
    pairOf(key, endpoint) {
      const last = pairs.get(key);
      return last && isSameEndpoint(last.endpoint, endpoint) ? last.pair : undefined;
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
    countReissue(key) {
      const last = reissues.get(key);
      const count = last && now() - last.at < REISSUE_QUIET_MS ? last.count + 1 : 1;
      reissues.set(key, { count, at: now() });
    },
    forget(key) {
      pairs.delete(key);
      reissues.delete(key);
    },
  };
}
