import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { CallOptions } from '../../kube/calls.ts';
import type { Action } from '../../runtime/controller.ts';
import type { Context } from '../context/context.ts';
import type { End, RunningPass } from '../context/running.ts';
import type { Outcome } from '../status/status.ts';

/** One reconcile of one AccessKey, shared by its parts. */
export interface Pass extends RunningPass {
  readonly ctx: Context;
  /** `namespace/name`. */
  readonly key: string;
  readonly signal: AbortSignal;
  /**
   * The newest version of the object that this pass has seen. The operator writes the status over this
   * version.
   */
  accessKey: AccessKey;
  /** The work of the pass now. It decides what a failure means. */
  doing: 'reading' | 'writingToStore' | 'writingSecret';
  /** True if the caches show nothing to do, but the pass checks the store anyway. */
  upToDate: boolean;
  end: End;
}

/** The result of a pass. One place writes the status from it. */
export interface PassResult {
  /** The status to write. If absent, the status stays as it is. */
  readonly outcome?: Outcome | undefined;
  /**
   * Returns when the next pass is due, by the object with its new status. If absent, the key waits for a
   * change.
   */
  readonly next?: ((after: AccessKey) => Action) | undefined;
  /** The error that kept the pass from doing everything. The controller retries it after a backoff. */
  readonly failure?: unknown;
}

/** Returns a pass of one reconcile in its initial state. */
export function beginPass(ctx: Context, key: string, accessKey: AccessKey, signal: AbortSignal): Pass {
  return { ctx, key, accessKey, signal, doing: 'reading', upToDate: false, end: 'none' };
}

/** The time for a read of the API server in a pass that ends a key, in ms. */
const ENDING_READ_MS = 3_000;

/**
 * Returns the options of a pass's reads of the API server. A key that ends doesn't wait for one that hangs
 * (rule 15).
 */
export function readOptions({ end, signal }: Pass): CallOptions & Pick<Pass, 'signal'> {
  return end === 'none' ? { signal } : { signal, timeoutMs: ENDING_READ_MS };
}

/** Returns a result with `outcome` and a next pass after `ms`. */
export function againAfter(ms: number, outcome?: Outcome): PassResult {
  return { outcome, next: () => ({ requeueAfterMs: ms }) };
}
