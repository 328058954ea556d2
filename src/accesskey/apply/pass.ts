import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Action } from '../../runtime/controller.ts';
import type { Context } from '../context/context.ts';
import type { Outcome } from '../status/status.ts';

/** One reconcile of one AccessKey, as its parts share it. */
export interface Pass {
  readonly ctx: Context;
  /** `namespace/name`. */
  readonly key: string;
  readonly signal: AbortSignal;
  /** The newest version of the object that this pass has seen; its status is written over this one. */
  accessKey: AccessKey;
  /** What is under way: a failure means something else for each. */
  doing: 'reading' | 'writingToStore' | 'writingSecret';
  /** True if the caches show nothing to do, and the pass looks all the same. */
  upToDate: boolean;
}

/** What a pass came to. Its status is written in one place, from this. */
export interface PassResult {
  /** What the status is to say; it stays as it is where this is absent. */
  readonly outcome?: Outcome | undefined;
  /** When the next pass is due, by the object with its new status; not until something changes where this is absent. */
  readonly next?: ((after: AccessKey) => Action) | undefined;
}

export function beginPass(ctx: Context, key: string, accessKey: AccessKey, signal: AbortSignal): Pass {
  return { ctx, key, accessKey, signal, doing: 'reading', upToDate: false };
}

/** Returns the result that says `outcome` and asks for a pass after `ms`. */
export function againAfter(ms: number, outcome?: Outcome): PassResult {
  return { outcome, next: () => ({ requeueAfterMs: ms }) };
}
