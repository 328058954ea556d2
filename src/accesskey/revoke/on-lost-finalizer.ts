import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Action } from '../../runtime/controller.ts';
import { classify } from '../apply/failure.ts';
import { beginPass } from '../apply/pass.ts';
import type { Context } from '../context/context.ts';
import { removeSecrets } from './remove-secrets.ts';
import { removeFromStore, removeKnownUsers } from './remove-users.ts';
import { isLetGo } from './retain.ts';

const STORE_RETRY_MS = 5_000;

/**
 * Revokes a key whose AccessKey went without waiting for the finalizer that had just been put on. The API server lets that
 * happen: a deletion looks for finalizers first and removes the object then, and one that was added in between is
 * overlooked. Somebody who takes the finalizer off by force in the first minutes of a key gets the same: no key outlives its
 * owner. What is removed is looked at in the store as at any deletion; a key that may be retained stays.
 */
export async function onLostFinalizer(ctx: Context, key: string, signal: AbortSignal): Promise<Action> {
  const accessKey = ctx.watchlist.begunBy(key);
  if (!accessKey) {
    ctx.watchlist.forget(key);
    return {};
  }
  const view = ctx.stores.view(accessKey);
  if (view.kind === 'missing' || isLetGo(ctx, accessKey, view)) {
    ctx.watchlist.forget(key);
    return {};
  }
  if (view.kind !== 'ready') return { requeueAfterMs: STORE_RETRY_MS };
  const pass = beginPass(ctx, key, accessKey, signal);
  try {
    await removeKnownUsers(pass, view.store);
    const named = await removeSecrets(pass);
    const rest = await removeFromStore(pass, view.store, named);
    if (rest.kind === 'more') return { requeueAfterMs: 0 };
  } catch (error) {
    if (classify(error, pass).isStoreInDoubt) ctx.stores.reportFault(accessKey);
    throw error;
  }
  const lateMs = ctx.watchlist.lateWritesMs(key);
  if (lateMs > 0) return { requeueAfterMs: lateMs };
  sayGone(ctx, accessKey);
  ctx.watchlist.forget(key);
  return {};
}

function sayGone(ctx: Context, { metadata }: AccessKey): void {
  const { namespace, name } = metadata;
  ctx.log.warn(
    { namespace, name },
    'the AccessKey went without waiting for its finalizer: what had been made of it is revoked',
  );
}
