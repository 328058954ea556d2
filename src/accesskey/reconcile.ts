import { ANNOTATION_PAUSED } from '../api/names.ts';
import type { Reason } from '../api/reasons.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { policyName } from '../ownership/names.ts';
import type { Action } from '../runtime/controller.ts';
import { writeStatus } from './apply/access-key-writes.ts';
import { isStoreFault } from './apply/failure.ts';
import type { Context } from './context/context.ts';
import { knownStore, type ReadyStore } from './context/stores.ts';
import { askedVerdict } from './policy/desired-policy.ts';
import { storedDigest } from './policy/stored-policy.ts';
import { reconcileDeletion } from './revoke/on-deletion.ts';
import { reconcileExpiry } from './revoke/on-expiry.ts';
import { revokeVanished } from './revoke/on-lost-finalizer.ts';
import { expiryOf, isPaused, restingReason } from './rotation/lifetime.ts';
import { type Outcome, readyReason } from './status/status.ts';
import { waitingFor } from './status/waiting-for-store.ts';
import { bringAbout } from './sync.ts';
import { glanceAt } from './up-to-date/cached-state.ts';
import { forcedPassAt, nextPassMs } from './up-to-date/next-pass.ts';
import { type Glance, unsettledBecause } from './up-to-date/up-to-date.ts';

/**
 * Brings the store and the Secret to what an AccessKey asks for. Gets its key and derives everything else from
 * what it observes; a pass that finds nothing to do reads the caches only and writes nothing.
 */
export async function reconcileAccessKey(ctx: Context, key: string, signal: AbortSignal): Promise<Action> {
  const cached = ctx.accessKeyCache.get(key);
  if (!cached) return revokeVanished(ctx, key, signal);
  if (cached.metadata.deletionTimestamp) return reconcileDeletion(ctx, key, cached, signal);
  const resting = restingReason(cached, ctx.now());
  if (resting === 'Expired') {
    // A Secret of its own came late, from a process that was frozen when the key ended.
    const settled = !ctx.watchlist.isFlagged(key) && ctx.secretsOf(key).length === 0;
    return settled && isSettledAs(cached, resting) ? {} : reconcileExpiry(ctx, key, cached, signal);
  }
  const view = ctx.stores.view(cached);
  const glance = glanceAt(ctx, key, cached, knownStore(view));
  const forcedAt = isPaused(cached) ? forcedPassAt(glance) : 0;
  if (isPaused(cached) && forcedAt > glance.now && !isWithdrawn(glance)) {
    if (!isSettledAs(cached, 'Paused')) await writeStatus(ctx, cached, paused, signal);
    return { requeueAfterMs: Math.min(expiryOf(cached), forcedAt) - glance.now };
  }
  if (view.kind === 'pending') return {};
  const unsettled = unsettledBecause(glance);
  if (view.kind !== 'ready') {
    if (unsettled !== undefined) await writeStatus(ctx, cached, waitingFor(cached, view), signal);
    return {};
  }
  if (unsettled === undefined && !ctx.watchlist.isFlagged(key)) {
    const wanted = ctx.watchlist.isPolicyCheckWanted(key);
    if (!wanted || (await isPolicyAsWritten(ctx, key, cached, view.store, signal))) {
      return { requeueAfterMs: nextPassMs(glance) };
    }
  }
  const action = await bringAbout(ctx, key, cached, view.store, unsettled === undefined, signal);
  const after = ctx.accessKeyCache.get(key);
  // What had to be done is done: it rests again, and says so.
  return after && isPaused(after) && readyReason(after) === 'Issued' ? { requeueAfterMs: 0 } : action;
}

const paused: Outcome = {
  reason: 'Paused',
  message: `the key is left as it is, since the annotation ${ANNOTATION_PAUSED} says so; remove it to go on`,
};

/** Whether the store grants less than the key asks for: nobody keeps by a pause what was withdrawn. */
function isWithdrawn({ accessKey, store }: Glance): boolean {
  return store !== undefined && !askedVerdict(accessKey, store.observed.title, store.evaluate).granted;
}

/** Whether the key was brought to a rest of that reason, for its spec as it is now. */
function isSettledAs(accessKey: AccessKey, reason: Reason): boolean {
  const { metadata, status } = accessKey;
  return status.observedGeneration === metadata.generation && readyReason(accessKey) === reason;
}

/** The spread check of a policy's document (DESIGN 4): one read of the store, and no more where it is as it was written. */
async function isPolicyAsWritten(
  ctx: Context,
  key: string,
  accessKey: AccessKey,
  store: ReadyStore,
  signal: AbortSignal,
): Promise<boolean> {
  const { metadata, status } = accessKey;
  try {
    const stored = await store.client.getPolicy(policyName(ctx.cluster, metadata.namespace, metadata.name), {
      signal,
    });
    if (!stored || storedDigest(stored) !== status.policyDigest) return false;
    ctx.watchlist.policyChecked(key);
    return true;
  } catch (error) {
    // The key is in force, whatever this read says: only the store is in question.
    if (isStoreFault(error)) ctx.stores.reportFault(accessKey);
    throw error;
  }
}
