import { hasFinalizer } from '../../api/finalizers.ts';
import { referenceTo } from '../../api/object-reference.ts';
import { releaseUntouched } from '../apply/access-key-writes.ts';
import { againAfter, type Pass, type PassResult } from '../apply/pass.ts';
import { isUntouched } from '../context/untouched.ts';
import type { Outcome } from '../status/status.ts';
import { waitingFor } from '../status/waiting-for-store.ts';
import { endOf } from '../up-to-date/overtaken.ts';
import { isRetainable } from '../up-to-date/retained.ts';
import { liveOrCached } from './live-or-cached.ts';
import { retain } from './retain.ts';
import { revoke } from './revoke.ts';

/**
 * Revokes a key whose AccessKey is being deleted, or retains it if it asks for that and the grants allow it.
 */
export async function onDeletion(pass: Pass): Promise<PassResult> {
  const { ctx, key, signal } = pass;
  if (!hasFinalizer(pass.accessKey.metadata)) return {};
  if (isUntouched(ctx, key, pass.accessKey)) {
    await releaseUntouched(ctx, key, pass.accessKey, signal);
    return {};
  }
  pass.end = endOf(ctx, pass, pass.accessKey);
  const accessKey = await liveOrCached(pass);
  if (!accessKey || !hasFinalizer(accessKey.metadata)) return {};
  pass.end = endOf(ctx, pass, accessKey);
  const view = ctx.stores.view(accessKey);
  if (isRetainable(ctx, accessKey, view)) {
    if (view.kind === 'notReady' && !view.known?.deleting) {
      // The operator keeps its Secret and waits for the store.
      return { outcome: waitingFor(accessKey, view) };
    }
    // A late write would remove the mark that protects the key from the orphan treatment.
    if (view.kind === 'ready') {
      ctx.hints.storeAnswered(key);
      const lateMs = ctx.hints.lateWritesMs(key);
      if (lateMs > 0) return againAfter(lateMs);
    }
    await retain(ctx, accessKey, view.kind === 'ready' ? view.store : undefined, signal);
    ctx.hints.forget(key);
    return {};
  }
  // Nothing yet says whether the grants allow to retain it. The store's reconcile queues the key.
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
    'the key is revoked; the operator checks once more, in a minute at most, that nothing of it appears late in the store',
};
