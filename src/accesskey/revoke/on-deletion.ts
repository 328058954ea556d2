import { FINALIZER } from '../../api/names.ts';
import { referenceTo } from '../../api/object-reference.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Action } from '../../runtime/controller.ts';
import { getLive, writeStatus } from '../apply/access-key-writes.ts';
import type { Context } from '../context/context.ts';
import type { StoreView } from '../context/stores.ts';
import type { Outcome } from '../status/status.ts';
import { waitingFor } from '../status/waiting-for-store.ts';
import { isLetGo, letGo } from './retain.ts';
import { withdraw } from './revoke.ts';

/** Revokes a key that is being deleted. */
export async function reconcileDeletion(
  ctx: Context,
  key: string,
  cached: AccessKey,
  signal: AbortSignal,
): Promise<Action> {
  if (!cached.metadata.finalizers?.includes(FINALIZER)) return {};
  const accessKey = await getLive(ctx, cached, signal);
  if (!accessKey?.metadata.finalizers?.includes(FINALIZER)) return {};
  if (accessKey.metadata.uid !== cached.metadata.uid) return {};
  const view = ctx.stores.view(accessKey);
  if (isLetGo(ctx, accessKey, view) || isUndecided(accessKey, view)) {
    if (view.kind === 'notReady' && !view.known?.deleting) {
      // Its Secret isn't to be removed: it waits for the store as it is.
      await writeStatus(ctx, accessKey, waitingFor(accessKey, view), signal);
      return {};
    }
    // A late write would take the mark off by which it is left alone.
    const lateMs = view.kind === 'ready' ? ctx.watchlist.lateWritesMs(key) : 0;
    if (lateMs > 0) return { requeueAfterMs: lateMs };
    await letGo(ctx, accessKey, view.kind === 'ready' ? view.store : undefined, signal);
    ctx.watchlist.forget(key);
    return {};
  }
  if (view.kind === 'pending') return {};
  const withdrawal = await withdraw(ctx, key, accessKey, signal);
  if ('meanwhile' in withdrawal) return withdrawal.meanwhile;
  if (withdrawal.againMs !== undefined) {
    await writeStatus(ctx, accessKey, awaitingLateWrites, signal);
    return { requeueAfterMs: withdrawal.againMs };
  }
  const { accessKeyId = '(none was issued)' } = accessKey.status;
  const note = `revoked access key ${accessKeyId}; its user and policy are removed from the store`;
  const event = { type: 'Normal', reason: 'Revoked', action: 'Revoke', note } as const;
  ctx.events.record(referenceTo('AccessKey', accessKey.metadata), event);
  return {};
}

const awaitingLateWrites: Outcome = {
  reason: 'Deleting',
  message:
    'the key is revoked; a request to the store had no answer, and in half a minute it is made sure that none comes late',
};

/** Whether nothing is known of the store that says whether the key may be let go, as it asks: neither is it revoked. */
function isUndecided({ spec }: AccessKey, view: StoreView): boolean {
  return spec.deletionPolicy === 'Retain' && view.kind === 'notReady' && view.known === undefined;
}
