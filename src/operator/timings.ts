import { LATE_WRITES_MS } from '../accesskey/context/late-writes.ts';
import { INHERITED_WRITES_MS } from '../objectstore/inherited.ts';
import { STORE_RETRY_MS } from '../objectstore/reconcile.ts';

/** Waits of the operator that no setting changes, in ms. Tests shorten them. */
export interface Timings {
  /** The longest wait before the first retry of a failed reconcile. It doubles with each further one. */
  readonly retryBaseMs: number;
  /** The longest wait before any retry of a failed reconcile. */
  readonly retryMaxMs: number;
  /** The longest wait before a watch begins again after a failure. It doubles with each further one. */
  readonly watchRetryBaseMs: number;
  /** The time between two tries of an unusable store. */
  readonly storeRetryMs: number;
  /** The maximum time until a store answers a request; undefined: the client's default. */
  readonly storeTimeoutMs: number | undefined;
  /** The time in which a store that answers again may still apply an earlier write. */
  readonly lateWritesMs: number;
  /** The time in which a store may still apply a write of the process that led before. */
  readonly inheritedWritesMs: number;
}

/** The waits of a real operator. */
export const TIMINGS: Timings = {
  retryBaseMs: 500,
  retryMaxMs: 60_000,
  watchRetryBaseMs: 500,
  storeRetryMs: STORE_RETRY_MS,
  storeTimeoutMs: undefined,
  lateWritesMs: LATE_WRITES_MS,
  inheritedWritesMs: INHERITED_WRITES_MS,
};
