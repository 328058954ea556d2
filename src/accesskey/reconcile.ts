import { ANNOTATION_PAUSED } from '../api/names.ts';
import type { Reason } from '../api/reasons.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { policyNameOf } from '../ownership/names.ts';
import type { StoredPolicy } from '../provider/policy.ts';
import { type Action, isTimeout } from '../runtime/controller.ts';
import { releaseUntouched, writeStatus } from './apply/access-key-writes.ts';
import { classify } from './apply/failure.ts';
import { beginPass, type Pass, type PassResult } from './apply/pass.ts';
import type { Context } from './context/context.ts';
import { grantsOf } from './context/granted.ts';
import { ownSecretsOf } from './context/own-secrets.ts';
import { knownStore, type ReadyStore, type StoreView } from './context/stores.ts';
import { observeBuckets } from './observe/observe-buckets.ts';
import { bucketsToRead } from './observe/to-read.ts';
import { onDeletion } from './revoke/on-deletion.ts';
import { onExpiry } from './revoke/on-expiry.ts';
import { onLostFinalizer } from './revoke/on-lost-finalizer.ts';
import { expiryOf, isPaused, restingReason } from './rotation/lifetime.ts';
import { secretNameOf, userOf } from './secret/facts.ts';
import { type Outcome, readyReason } from './status/status.ts';
import { reportsIgnored } from './status/unreadable.ts';
import { asDeletion, waitingFor } from './status/waiting-for-store.ts';
import { sync } from './sync.ts';
import { type CachedState, cachedStateOf } from './up-to-date/cached-state.ts';
import { exceedsGrants } from './up-to-date/exceeds-grants.ts';
import { forcedPassAt, nextPassMs } from './up-to-date/next-pass.ts';
import { isAsGranted, syncReason } from './up-to-date/up-to-date.ts';

/** The timeout for the status of a pass that was aborted because it took too long, in ms. */
const FAILURE_STATUS_MS = 5_000;

/**
 * Reconciles an AccessKey: changes the store and the Secret until they match the spec. It gets the key and
 * derives everything else from what it observes. A pass that finds nothing to do reads only the caches and
 * writes nothing. Only this function writes the status, once a pass.
 */
export async function reconcileAccessKey(ctx: Context, key: string, signal: AbortSignal): Promise<Action> {
  const cached = ctx.accessKeyCache.get(key);
  if (!cached) {
    ctx.takenNames.watchFor(key, undefined);
    return onLostFinalizer(ctx, key, signal);
  }
  const pass = beginPass(ctx, key, cached, signal);
  ctx.running.set(key, pass);
  try {
    return await reconcileExisting(pass);
  } finally {
    ctx.running.delete(key);
  }
}

async function reconcileExisting(pass: Pass): Promise<Action> {
  const { ctx, key, signal } = pass;
  let result: PassResult;
  try {
    result = await runPass(pass);
    if (result.outcome) {
      // A key that waits before anything was made for it must not hold up its own deletion, or a namespace's.
      pass.accessKey = (await releaseUntouched(ctx, key, pass.accessKey, signal)) ?? pass.accessKey;
    }
  } catch (error) {
    await reportFailure(pass, error);
    throw error;
  }
  const after = await report(pass, result.outcome, signal);
  const { namespace } = after.metadata;
  const waits = readyReason(after) === 'SecretConflict';
  ctx.takenNames.watchFor(key, waits ? { namespace, name: secretNameOf(after) } : undefined);
  if (result.failure !== undefined) throw result.failure;
  return result.next?.(after) ?? {};
}

/** Chooses the pass that the key needs, and runs it. */
async function runPass(pass: Pass): Promise<PassResult> {
  const { ctx, key, accessKey } = pass;
  if (accessKey.metadata.deletionTimestamp) return onDeletion(pass);
  const resting = restingReason(accessKey, ctx.now());
  if (resting === 'Expired') {
    // A process that was frozen when the key ended may have published a Secret late.
    const isOver = !ctx.hints.isSyncRequested(key) && ownSecretsOf(ctx, accessKey).length === 0;
    return isOver && isAtRestAs(accessKey, resting) ? {} : onExpiry(pass);
  }
  // If the key expires while a slow store or the API server holds this pass, the pass is overtaken.
  ctx.queueAfter(key, expiryOf(accessKey) - ctx.now());
  const view = ctx.stores.view(accessKey);
  const cachedState = cachedStateOf(ctx, key, accessKey, knownStore(view));
  const resultOfPause = isPaused(accessKey) ? await restPaused(pass, view, cachedState) : undefined;
  if (resultOfPause) return resultOfPause;
  if (view.kind === 'pending') return {};
  pass.upToDate = syncReason(cachedState) === undefined;
  if (view.kind !== 'ready') return { outcome: pass.upToDate ? undefined : waitingFor(accessKey, view) };
  if (pass.upToDate && !ctx.hints.isSyncRequested(key)) {
    const isCheckDue = ctx.hints.isPolicyCheckWanted(key);
    if (!isCheckDue || (await passesPolicyCheck(pass, view.store, cachedState))) {
      return { next: () => ({ requeueAfterMs: nextPassMs(cachedState) }) };
    }
  }
  const { outcome, next, failure } = await sync(pass, view.store);
  return {
    outcome,
    failure,
    // The pass has done its work. A paused key rests again, and its status says so.
    next: (after) =>
      isPaused(after) && readyReason(after) === 'Issued' ? { requeueAfterMs: 0 } : (next?.(after) ?? {}),
  };
}

/**
 * Returns the result for a paused key, which rests. Returns undefined if the store's grants need a pass
 * despite the pause: they no longer cover what is in force, or end a pair that is too old.
 */
async function restPaused(
  pass: Pass,
  view: StoreView,
  cachedState: CachedState,
): Promise<PassResult | undefined> {
  const forcedAt = forcedPassAt(cachedState);
  if (forcedAt <= cachedState.now || (await mayExceedGrants(pass, view, cachedState))) return undefined;
  const requeueAfterMs = Math.min(expiryOf(pass.accessKey), forcedAt) - cachedState.now;
  return {
    outcome: isAtRestAs(pass.accessKey, 'Paused') ? undefined : paused,
    next: () => ({ requeueAfterMs }),
  };
}

/** Reports a failed pass: to the status, to the store's state and to the hints. The controller retries it. */
async function reportFailure(pass: Pass, error: unknown): Promise<void> {
  const { ctx, key, signal, accessKey } = pass;
  const failure = classify(error, pass);
  if (failure.mayComeLate) ctx.hints.unanswered(key);
  if (failure.isStoreInDoubt) ctx.stores.reportFault(accessKey);
  if (signal.aborted && !isTimeout(signal.reason)) return;
  const outcome = signal.aborted ? tooSlow(pass) : failure.outcome;
  try {
    await report(pass, outcome, signal.aborted ? AbortSignal.timeout(FAILURE_STATUS_MS) : signal);
  } catch (statusError) {
    const { namespace, name } = accessKey.metadata;
    ctx.log.warn({ namespace, name, err: statusError }, 'cannot write the status of a pass that failed');
  }
}

/** Writes the outcome of a pass into the status. Returns the newest object. */
async function report(
  { ctx, accessKey }: Pass,
  outcome: Outcome | undefined,
  signal: AbortSignal,
): Promise<AccessKey> {
  if (!outcome) return accessKey;
  const isBeingDeleted = accessKey.metadata.deletionTimestamp !== undefined;
  return writeStatus(ctx, accessKey, isBeingDeleted ? asDeletion(outcome) : outcome, signal);
}

/**
 * Returns the outcome of a pass that took too long. Returns undefined for a key in force, because a slow
 * store doesn't change it.
 */
function tooSlow({ upToDate }: Pass): Outcome | undefined {
  if (upToDate) return undefined;
  return {
    reason: 'StoreUnreachable',
    message: 'the store or the API server is too slow: the operator gave up a pass; the next one continues',
  };
}

const paused: Outcome = {
  reason: 'Paused',
  message: `the annotation ${ANNOTATION_PAUSED} pauses the key; remove it to continue`,
};

/**
 * True if what is in force of a paused key may exceed what the store grants now. Reads the store only if the
 * caches can't tell.
 */
async function mayExceedGrants(pass: Pass, view: StoreView, cachedState: CachedState): Promise<boolean> {
  const { accessKey, ctx, key } = pass;
  if (!cachedState.store || accessKey.status.accessKeyId === undefined) return false;
  const asGranted = isAsGranted(cachedState);
  if (view.kind !== 'ready') return !asGranted;
  if (asGranted && !ctx.hints.isPolicyCheckWanted(key)) return false;
  const stored = await readPolicy(pass, view.store);
  ctx.hints.policyChecked(key);
  return exceedsGrants(cachedState, stored);
}

/** True if the status already shows that the key rests for that reason, for its present spec. */
function isAtRestAs(accessKey: AccessKey, reason: Reason): boolean {
  const { metadata, status } = accessKey;
  return (
    status.observedGeneration === metadata.generation &&
    readyReason(accessKey) === reason &&
    reportsIgnored(accessKey)
  );
}

/**
 * Runs the periodic check of what the operator can't watch in the store: the policy's document, and the
 * buckets that the key wants created. Returns false if the key needs a sync. A Secret of an earlier version,
 * which doesn't name its user, never passes: its sync adds the name. The checks of all keys are spread over
 * an hour, and so are these writes.
 */
async function passesPolicyCheck(pass: Pass, store: ReadyStore, { secret }: CachedState): Promise<boolean> {
  if (secret && userOf(secret) === undefined) return false;
  const { ctx, key, accessKey, signal } = pass;
  const stored = await readPolicy(pass, store);
  if (!stored || store.observed.form.digestOf(stored) !== accessKey.status.policyDigest) return false;
  const grants = grantsOf(ctx, store, accessKey.metadata.namespace);
  const wanted = bucketsToRead({ accessKey, grants });
  const buckets = await observeBuckets(store.client, wanted, signal);
  if ([...buckets.values()].some(({ kind }) => kind !== 'there')) return false;
  ctx.hints.policyChecked(key);
  return true;
}

function readPolicy({ ctx, accessKey, signal }: Pass, store: ReadyStore): Promise<StoredPolicy | undefined> {
  return store.client.readPolicy(policyNameOf(ctx.cluster, accessKey), { signal });
}
