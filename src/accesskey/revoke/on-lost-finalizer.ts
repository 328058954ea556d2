import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Action } from '../../runtime/controller.ts';
import { classify } from '../apply/failure.ts';
import { beginPass } from '../apply/pass.ts';
import type { Context } from '../context/context.ts';
import { isToBeRetained } from '../up-to-date/retained.ts';
import { removeSecrets } from './remove-secrets.ts';
import { removeFromStore, removeKnownUsers } from './remove-users.ts';

const STORE_RETRY_MS = 5_000;

/**
 * Revokes a key whose AccessKey disappeared in spite of a new finalizer. The API server lets that happen: a
 * deletion checks for finalizers first and then removes the object, and overlooks one added in between.
 * Somebody who removes the finalizer by force in a key's first minutes gets the same result: no key outlives
 * its owner. The operator checks in the store what it removes, as at any deletion. A key that the grants
 * allow to retain stays.
 */
export async function onLostFinalizer(ctx: Context, key: string, signal: AbortSignal): Promise<Action> {
  const accessKey = ctx.hints.recentlyBegun(key);
  if (!accessKey) {
    ctx.hints.forget(key);
    return {};
  }
  const view = ctx.stores.view(accessKey);
  if (view.kind === 'missing' || isToBeRetained(ctx, accessKey, view)) {
    ctx.hints.forget(key);
    return {};
  }
  if (view.kind !== 'ready') return { requeueAfterMs: STORE_RETRY_MS };
  const pass = beginPass(ctx, key, accessKey, signal);
  pass.end = 'revoked';
  try {
    const known = await removeKnownUsers(pass, view.store);
    const named = await removeSecrets(pass);
    const rest = known.kind === 'none' ? await removeFromStore(pass, view.store, named, known) : known;
    if (rest.kind === 'more') return { requeueAfterMs: 0 };
  } catch (error) {
    if (classify(error, pass).isStoreInDoubt) ctx.stores.reportFault(accessKey);
    throw error;
  }
  ctx.hints.storeAnswered(key);
  const lateMs = ctx.hints.lateWritesMs(key);
  if (lateMs > 0) return { requeueAfterMs: lateMs };
  logRevoked(ctx, accessKey);
  ctx.hints.forget(key);
  return {};
}

function logRevoked({ log }: Pick<Context, 'log'>, { metadata }: AccessKey): void {
  const { namespace, name } = metadata;
  log.warn(
    { namespace, name },
    'the AccessKey disappeared without waiting for its finalizer: its key is revoked',
  );
}
