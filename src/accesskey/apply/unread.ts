import type { AccessKey } from '../../api/schema/accesskey.ts';
import { isConflict } from '../../kube/errors.ts';
import type { Unread } from '../observe/observed.ts';
import { isUnread, unreadBy } from '../observe/unread-by.ts';
import type { Plan } from '../plan/step.ts';
import { readLive } from './access-key-writes.ts';
import { type Pass, type PassResult, readOptions } from './pass.ts';

/**
 * Returns the live AccessKey with the operator's finalizer. If the API server refuses that or hangs, returns
 * the cached one with the refusal: what the spec takes away must not wait for it (rule 15).
 */
export async function liveOrUnread(
  pass: Pass,
): Promise<{ readonly accessKey: AccessKey | undefined; readonly unread?: Unread }> {
  try {
    return { accessKey: await readLive(pass.ctx, pass.accessKey, readOptions(pass)) };
  } catch (error) {
    if (!isUnread(error) || isConflict(error) || isNew(pass.accessKey)) throw error;
    return { accessKey: pass.accessKey, unread: unreadBy(error) };
  }
}

/** True if the operator has never published a pair for the key, so nothing can be taken away. */
function isNew({ status }: AccessKey): boolean {
  return status.accessKeyId === undefined;
}

/**
 * Returns the result of a pass that could only take away. The key's status changes only if the caches show
 * something to do, or if something was done.
 */
export function afterUnread({ ctx, key, upToDate }: Pass, plan: Plan, { error, lasts }: Unread): PassResult {
  ctx.hints.requestSync(key);
  const isNews = plan.steps.length > 0 || !(upToDate || (plan.reason === 'KubernetesRefused' && !lasts));
  return { outcome: isNews ? plan : undefined, failure: error };
}
