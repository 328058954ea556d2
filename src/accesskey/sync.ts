import { hasFinalizer } from '../api/finalizers.ts';
import { referenceTo } from '../api/object-reference.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { newPair } from '../ownership/new-pair.ts';
import type { Pair, StoreUser } from '../provider/provider.ts';
import type { Action } from '../runtime/controller.ts';
import { NotSettledError } from './apply/apply.ts';
import { applyPlan, type Planned } from './apply/apply-plan.ts';
import { type Attempt, newAttempt, undoAttempt } from './apply/attempt.ts';
import { classify } from './apply/failure.ts';
import { obstacleToBegin } from './apply/obstacle-to-begin.ts';
import { againAfter, type Pass, type PassResult, readOptions } from './apply/pass.ts';
import { afterUnread, liveOrUnread } from './apply/unread.ts';
import type { End } from './context/running.ts';
import type { ReadyStore } from './context/stores.ts';
import { isUntouched } from './context/untouched.ts';
import { observe } from './observe/observe.ts';
import type { Observed, Unread } from './observe/observed.ts';
import { afterFailure, isWorthRetrying } from './plan/buckets.ts';
import { driftOf } from './plan/drift.ts';
import { planKey } from './plan/plan.ts';
import { isNotShownYet } from './plan/settling.ts';
import type { Outcome } from './status/status.ts';
import { cachedStateOf } from './up-to-date/cached-state.ts';
import { nextPassMs, recheckOrEndMs } from './up-to-date/next-pass.ts';
import { endOf } from './up-to-date/overtaken.ts';

/** The delay before a retry after a store failed to create a bucket and may still do it, in ms. */
const BUCKET_RETRY_MS = 5_000;
/** The delay before a pair is proven again that the store doesn't know everywhere yet, in ms. */
const SETTLE_RETRY_MS = 3_000;

/**
 * Syncs the store and the Secret with the spec: finalizer, observe, plan, apply. The caller writes the
 * status.
 */
export async function sync(pass: Pass, store: ReadyStore): Promise<PassResult> {
  const { ctx, key } = pass;
  const cached = pass.accessKey;
  pass.end = endBySync(pass);
  const untouched = isUntouched(ctx, key, cached);
  const obstacle = untouched ? obstacleToBegin(ctx, cached, store) : undefined;
  if (obstacle) return obstacle;
  const { accessKey, unread } = await liveOrUnread(pass);
  if (!accessKey || accessKey.metadata.uid !== cached.metadata.uid || accessKey.metadata.deletionTimestamp) {
    // The next watch event queues the key again.
    return {};
  }
  pass.accessKey = accessKey;
  pass.end = endBySync(pass);
  if (!unread && (untouched || !hasFinalizer(cached.metadata))) ctx.hints.firstSyncBegins(key, accessKey);
  const attempt = newAttempt();
  try {
    return await syncLive(pass, store, attempt, unread);
  } catch (error) {
    // The user stays, and the next pass goes on with its pair.
    if (error instanceof NotSettledError) {
      ctx.hints.requestSync(key);
      return notSettled(accessKey, store);
    }
    await undoAttempt(pass, store, attempt, error);
    throw error;
  } finally {
    if (attempt.pair) ctx.hints.endIssue(attempt.pair.accessKeyId);
  }
}

/**
 * Observes, plans and applies, and records what this sync saw and did.
 * @param unread the refusal to show the AccessKey, if it isn't live
 */
async function syncLive(
  pass: Pass,
  store: ReadyStore,
  attempt: Attempt,
  unread: Unread | undefined,
): Promise<PassResult> {
  const { ctx, key, accessKey } = pass;
  const since = ctx.now();
  let planned = await observeAndPlan(pass, store, unread);
  if (makesUser(planned) && !ctx.hints.recentlyBegun(key) && !ctx.stores.isSwept(accessKey)) {
    // An earlier process may have left a user that was never published. A list of all users shows it.
    ctx.stores.queueOnceSwept(accessKey);
    return {};
  }
  // A new pair would replace one that works.
  if (makesUser(planned) && isNotShownYet(planned.observed))
    throw new NotSettledError('the store does not show yet that the user was made');
  for (const kind of driftOf(planned.observed)) ctx.foundDrift(kind);
  planned = await applyWithBuckets(pass, store, planned, attempt);
  const { observed, plan } = planned;
  if (plan.event)
    ctx.events.record(referenceTo('AccessKey', accessKey.metadata), { type: 'Normal', ...plan.event });
  if (observed.unread) return afterUnread(pass, plan, observed.unread);
  ctx.hints.synced(key, {
    since,
    users: usersAfter(planned),
    suspects: observed.suspects,
    published: attempt.published,
    answeredDamage: plan.answersDamage === true,
  });
  ctx.hints.storeAnswered(key);
  return { outcome: plan, next: (after) => nextPass(pass, store, planned, after) };
}

/** Returns the observed users that the plan has left in the store. */
function usersAfter({ observed, plan }: Planned): StoreUser[] {
  const removed = new Set(plan.steps.flatMap((step) => (step.do === 'removeUser' ? [step.accessKeyId] : [])));
  return [...observed.users.values()]
    .filter((user) => user !== undefined)
    .filter((user) => !removed.has(user.accessKeyId));
}

/** Returns the end that a sync brings about. It disables keys, and revokes none. */
function endBySync(pass: Pass): End {
  return endOf(pass.ctx, pass, pass.accessKey) === 'none' ? 'none' : 'disabled';
}

async function observeAndPlan(pass: Pass, store: ReadyStore, unread?: Unread): Promise<Planned> {
  const { ctx, key, accessKey, signal } = pass;
  const observed = await observe(ctx, accessKey, store, { signal, kube: readOptions(pass) }, unread);
  ctx.hints.sawUsers(key, observed.users.values());
  for (const id of publishedIds(observed)) ctx.hints.forgetPair(key, id);
  return planFor(pass, observed);
}

/** Plans for the key, and says which pair the plan may issue. */
function planFor(pass: Pass, observed: Observed): Planned {
  let pair: Pair | undefined;
  const plan = planKey(observed, () => {
    pair = pairFor(pass, observed);
    return pair;
  });
  return { observed, pair, plan };
}

/**
 * Applies the plan. If the store can't create a bucket, the operator plans the rest again without it. So a
 * bucket never delays another change, least of all one that takes access away. Returns what it applied last.
 */
async function applyWithBuckets(
  pass: Pass,
  store: ReadyStore,
  planned: Planned,
  attempt: Attempt,
): Promise<Planned> {
  const { ctx, accessKey } = pass;
  try {
    const plan = await applyPlan(pass, store, planned, attempt);
    return { ...planned, plan };
  } catch (error) {
    const observed = afterFailure(planned.observed, attempt.step, error);
    if (!observed) throw error;
    if (classify(error, pass).isStoreInDoubt) ctx.stores.reportFault(accessKey);
    return applyWithBuckets(pass, store, planFor(pass, observed), attempt);
  }
}

/** True if the plan makes a user for a pair that nobody has yet. */
function makesUser({ plan, observed }: Planned): boolean {
  const publishedBefore = publishedIds(observed);
  return plan.steps.some((step) => step.do === 'putUser' && !publishedBefore.includes(step.pair.accessKeyId));
}

/** Returns the ids in the key's own Secrets. Everyone who can read these has the pair. */
function publishedIds({ secret, elsewhere }: Observed): string[] {
  return [secret, ...elsewhere].flatMap((one) => one?.facts.accessKeyId ?? []);
}

/**
 * Returns the pair of the last try, which may have left its user behind, or a new one. So no retry makes a
 * second user.
 */
function pairFor({ ctx, key }: Pass, { store, policyName }: Observed): Pair {
  return ctx.hints.pairOf(key, store.endpoint) ?? newPair(policyName, ctx.randomBytes);
}

function nextPass(
  { ctx, key }: Pass,
  store: ReadyStore,
  { observed, plan }: Planned,
  after: AccessKey,
): Action {
  // A pass handles as many of the users that were left as others can wait for.
  if (observed.attached?.more || ctx.hints.suspectsOf(key).length > 0) return { requeueAfterMs: 0 };
  const cachedState = cachedStateOf(ctx, key, after, store);
  const restMs =
    plan.reason === 'Issued' ? nextPassMs(cachedState) : recheckOrEndMs(ctx, plan.reason, cachedState);
  const retryMs = BUCKET_RETRY_MS * (0.8 + 0.4 * ctx.random());
  const nextMs = isWorthRetrying(observed) ? Math.min(restMs, retryMs) : restMs;
  const lateMs = ctx.hints.lateWritesMs(key);
  if (lateMs === 0) return { requeueAfterMs: nextMs };
  // A late write undoes what the operator did since, or what somebody has asked for since.
  ctx.hints.requestSync(key, observed.suspects);
  return { requeueAfterMs: Math.min(nextMs, lateMs) };
}

/**
 * Returns the result for a key whose new pair isn't true everywhere in the store yet. One that replaces
 * another changes nothing of the status.
 */
function notSettled({ status }: AccessKey, { client }: ReadyStore): PassResult {
  const seconds = client.capabilities().settlesWithinMs / 1000;
  const message = `the store takes up to ${seconds} s until it knows the new pair everywhere; the operator then publishes it`;
  const outcome: Outcome | undefined =
    status.accessKeyId === undefined ? { reason: 'Issuing', message } : undefined;
  return againAfter(SETTLE_RETRY_MS, outcome);
}
