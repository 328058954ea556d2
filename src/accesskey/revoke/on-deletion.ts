import { hasFinalizer } from '../../api/finalizers.ts';
import { referenceTo } from '../../api/object-reference.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { againAfter, type Pass, type PassResult } from '../apply/pass.ts';
import type { StoreView } from '../context/stores.ts';
import type { Outcome } from '../status/status.ts';
import { waitingFor } from '../status/waiting-for-store.ts';
import { liveOrCached } from './live-or-cached.ts';
import { isLetGo, letGo } from './retain.ts';
import { revoke } from './revoke.ts';

/** Revokes a key that is being deleted, or lets it go where it asks to and may. */
export async function onDeletion(pass: Pass): Promise<PassResult> {
  const { ctx, key, signal } = pass;
  if (!hasFinalizer(pass.accessKey.metadata)) return {};
  const accessKey = await liveOrCached(pass);
  if (!accessKey || !hasFinalizer(accessKey.metadata)) return {};
  const view = ctx.stores.view(accessKey);
  if (isLetGo(ctx, accessKey, view) || isUndecided(accessKey, view)) {
    if (view.kind === 'notReady' && !view.known?.deleting) {
      // Its Secret isn't to be removed: it waits for the store as it is.
      return { outcome: waitingFor(accessKey, view) };
    }
    // A late write would take the mark off by which it is left alone.
    const lateMs = view.kind === 'ready' ? ctx.watchlist.lateWritesMs(key) : 0;
    if (lateMs > 0) return againAfter(lateMs);
    await letGo(ctx, accessKey, view.kind === 'ready' ? view.store : undefined, signal);
    ctx.watchlist.forget(key);
    return {};
  }
  // Nothing says yet whether it may be let go; the store's reconcile queues the key.
  if (view.kind === 'pending') return {};
  const revocation = await revoke(pass);
  if (revocation.kind === 'waits') return revocation.result;
  if (revocation.againMs > 0) return againAfter(revocation.againMs, awaitingLateWrites);
  const { accessKeyId = '(none was issued)' } = accessKey.status;
  const note = `revoked access key ${accessKeyId}; its user and policy are removed from the store`;
  const event = { type: 'Normal', reason: 'Revoked', action: 'Revoke', note } as const;
  ctx.events.record(referenceTo('AccessKey', accessKey.metadata), event);
  return {};
}

const awaitingLateWrites: Outcome = {
  reason: 'Deleting',
  message:
    'the key is revoked; a request to the store had no answer, so the operator checks again in half a minute that it had no late effect',
};

/** True if nothing is known of the store that says whether the key may be let go, as it asks: nor is it revoked. */
function isUndecided({ spec }: AccessKey, view: StoreView): boolean {
  return spec.deletionPolicy === 'Retain' && view.kind === 'notReady' && view.known === undefined;
}
