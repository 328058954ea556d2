import { wasNotWritten } from '../../kube/refusal.ts';
import { removeUser } from '../../ownership/remove-user.ts';
import type { Pair } from '../../provider/provider.ts';
import { splitKey } from '../../runtime/key.ts';
import type { ReadyStore } from '../context/stores.ts';
import type { Step } from '../plan/step.ts';
import { isToBeContinued } from './failure.ts';
import type { Pass } from './pass.ts';

/** The timeout for removing a user that was made in vain, in ms. */
const UNDO_TIMEOUT_MS = 5_000;

/** The progress of a sync, by which it knows what to undo if it fails. */
export interface Attempt {
  /** The step that is running, or that failed. */
  step: Step | undefined;
  /** The new pair of the plan, once its user may be in the store. */
  pair: Pair | undefined;
  /** True once its Secret may have been written. */
  published: boolean;
}

/** Returns the progress of a sync that has done nothing yet. */
export function newAttempt(): Attempt {
  return { step: undefined, pair: undefined, published: false };
}

/**
 * Removes the user of a pair that certainly wasn't published. If that fails, or if nobody knows whether the
 * Secret was written, the next try uses the same pair. So at most one user is unpublished, however often the
 * operator tries (rule 16).
 */
export async function undoAttempt(
  { ctx, key, doing }: Pass,
  store: ReadyStore,
  attempt: Attempt,
  error: unknown,
): Promise<void> {
  const { pair, published } = attempt;
  ctx.hints.requestSync(key, pair ? [pair.accessKeyId] : []);
  if (!pair || (published && !(doing === 'writingSecret' && wasNotWritten(error)))) return;
  if (isToBeContinued(error, doing)) return;
  try {
    await removeUser(store.client, pair.accessKeyId, AbortSignal.timeout(UNDO_TIMEOUT_MS));
    ctx.hints.clearSuspects(key, [pair.accessKeyId]);
    ctx.hints.forgetPair(key);
    ctx.hints.requestSync(key);
  } catch (undoError) {
    ctx.log.debug(
      { ...splitKey(key), err: undoError },
      'cannot remove an unpublished user now; a later pass removes it',
    );
  }
}
