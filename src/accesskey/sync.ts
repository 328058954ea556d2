import { hasFinalizer } from '../api/finalizers.ts';
import { referenceTo } from '../api/object-reference.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { wasNotWritten } from '../kube/refusal.ts';
import { newPair } from '../ownership/new-pair.ts';
import { removeUser } from '../ownership/remove-user.ts';
import type { Pair } from '../provider/provider.ts';
import type { Action } from '../runtime/controller.ts';
import { splitKey } from '../runtime/key.ts';
import { readLive } from './apply/access-key-writes.ts';
import { applyStep } from './apply/apply.ts';
import { classify, isStoreWriteOpen } from './apply/failure.ts';
import { againAfter, type Pass, type PassResult } from './apply/pass.ts';
import type { Context } from './context/context.ts';
import { verdictOf } from './context/granted.ts';
import { ownSecretsOf } from './context/own-secrets.ts';
import type { ReadyStore } from './context/stores.ts';
import { observe } from './observe/observe.ts';
import type { Observed } from './observe/observed.ts';
import { afterFailure, isWorthRetrying } from './plan/buckets.ts';
import { driftOf } from './plan/drift.ts';
import { endedPrevious, endedPreviousNote } from './plan/ended-previous.ts';
import { planKey } from './plan/plan.ts';
import type { Plan, Step } from './plan/step.ts';
import { permittedTemplate } from './secret/permitted-template.ts';
import { recheckMs } from './status/recheck.ts';
import type { Outcome } from './status/status.ts';
import { cachedStateOf } from './up-to-date/cached-state.ts';
import { nextPassMs, recheckOrEndMs } from './up-to-date/next-pass.ts';

/** The timeout for removing a user that was made in vain, in ms. */
const UNDO_TIMEOUT_MS = 5_000;
/** The delay before a retry after a store failed to create a bucket and may still do it, in ms. */
const BUCKET_RETRY_MS = 5_000;

/**
 * Syncs the store and the Secret with the spec: finalizer, observe, plan, apply. The caller writes the
 * status.
 */
export async function sync(pass: Pass, store: ReadyStore): Promise<PassResult> {
  const { ctx, key, signal } = pass;
  const cached = pass.accessKey;
  if (isUntouched(ctx, key, cached)) {
    // Nothing was made, and nothing will be, so the object needs no finalizer.
    const refusal = cached.spec.disabled ? disabledFromBirth : refusalOf(ctx, cached, store);
    if (refusal) return againAfter(recheckMs(ctx, refusal.reason), refusal);
    ctx.stores.announceKey(cached);
    if (!ctx.stores.isProtected(cached)) return {};
  }
  const accessKey = await readLive(ctx, cached, signal);
  if (!accessKey || accessKey.metadata.uid !== cached.metadata.uid || accessKey.metadata.deletionTimestamp) {
    // The next watch event queues the key again.
    return {};
  }
  pass.accessKey = accessKey;
  if (!hasFinalizer(cached.metadata)) ctx.hints.addedFinalizer(key, accessKey);
  const attempt: Attempt = { step: undefined, pair: undefined, made: false, published: false };
  const since = ctx.now();
  try {
    let { observed, plan } = await observeAndPlan(pass, store);
    if (makesUser(plan, observed) && !ctx.hints.withNewFinalizer(key) && !ctx.stores.isSwept(accessKey)) {
      // An earlier process may have left a user that was never published. A list of all users shows it.
      await ctx.stores.swept(accessKey, signal);
      ({ observed, plan } = await observeAndPlan(pass, store));
    }
    for (const kind of driftOf(observed)) ctx.foundDrift(kind);
    ({ observed, plan } = await applyWithBuckets(pass, store, { observed, plan }, attempt));
    const removed = plan.steps.flatMap((step) => (step.do === 'removeUser' ? [step.accessKeyId] : []));
    const left = [...observed.users.values()].filter((user) => user && !removed.includes(user.accessKeyId));
    ctx.hints.synced(key, {
      since,
      users: left,
      suspects: observed.suspects,
      published: attempt.published,
      answeredDamage: plan.answersDamage === true,
    });
    ctx.hints.storeAnswered(key);
    if (plan.event)
      ctx.events.record(referenceTo('AccessKey', accessKey.metadata), { type: 'Normal', ...plan.event });
    return { outcome: plan, next: (after) => nextPass(pass, store, { observed, plan }, after) };
  } catch (error) {
    await undo(pass, store, attempt, error);
    throw error;
  } finally {
    if (attempt.pair) ctx.hints.endIssue(attempt.pair.accessKeyId);
  }
}

/** A plan, and the observation it follows from. */
interface Planned {
  readonly observed: Observed;
  readonly plan: Plan;
}

async function observeAndPlan(pass: Pass, store: ReadyStore): Promise<Planned> {
  const { ctx, key, accessKey, signal } = pass;
  const observed = await observe(ctx, accessKey, store, signal);
  ctx.hints.sawUsers(key, observed.users.values());
  for (const id of publishedIds(observed)) ctx.hints.forgetPair(key, id);
  return { observed, plan: planKey(observed, () => pairFor(pass, observed)) };
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
    await applyPlan(pass, store, planned, attempt);
    return planned;
  } catch (error) {
    const observed = afterFailure(planned.observed, attempt.step, error);
    if (!observed) throw error;
    if (classify(error, pass).isStoreInDoubt) ctx.stores.reportFault(accessKey);
    const plan = planKey(observed, () => pairFor(pass, observed));
    return applyWithBuckets(pass, store, { observed, plan }, attempt);
  }
}

/** True if the plan makes a user for a pair that nobody has yet. */
function makesUser({ steps }: Plan, observed: Observed): boolean {
  const publishedBefore = publishedIds(observed);
  return steps.some((step) => step.do === 'putUser' && !publishedBefore.includes(step.pair.accessKeyId));
}

/**
 * Returns the pair of the last try, which may have left its user behind, or a new one. So no retry makes a
 * second user.
 */
function pairFor({ ctx, key }: Pass, { store, policyName }: Observed): Pair {
  return ctx.hints.pairOf(key, store.endpoint) ?? newPair(policyName, ctx.randomBytes);
}

/** Returns the ids in the key's own Secrets. Everyone who can read these has the pair. */
function publishedIds({ secret, elsewhere }: Observed): string[] {
  return [secret, ...elsewhere].flatMap((one) => one?.facts.accessKeyId ?? []);
}

function nextPass(
  { ctx, key }: Pass,
  store: ReadyStore,
  { observed, plan }: Planned,
  after: AccessKey,
): Action {
  const cachedState = cachedStateOf(ctx, key, after, store);
  const restMs =
    plan.reason === 'Issued' ? nextPassMs(cachedState) : recheckOrEndMs(ctx, plan.reason, cachedState);
  const retryMs = BUCKET_RETRY_MS * (0.8 + 0.4 * ctx.random());
  const nextMs = isWorthRetrying(observed) ? Math.min(restMs, retryMs) : restMs;
  const lateMs = ctx.hints.lateWritesMs(key);
  if (lateMs === 0) return { requeueAfterMs: nextMs };
  // A late write undoes what the operator did since, or what somebody has asked for since.
  ctx.hints.flag(key, observed.suspects);
  return { requeueAfterMs: Math.min(nextMs, lateMs) };
}

const disabledFromBirth: Outcome = {
  reason: 'Disabled',
  message: 'the key is disabled and has no pair yet; it gets one when spec.disabled is false',
};

/** True if nothing shows that anything was ever made for the key. */
function isUntouched(
  ctx: Pick<Context, 'hints' | 'cluster' | 'secretCache' | 'secretsOf'>,
  key: string,
  accessKey: AccessKey,
): boolean {
  const { metadata, status } = accessKey;
  if (hasFinalizer(metadata) || ctx.hints.isFlagged(key)) return false;
  return status.accessKeyId === undefined && ownSecretsOf(ctx, accessKey).length === 0;
}

function refusalOf(
  ctx: Pick<Context, 'allowed' | 'namespaceCache'>,
  accessKey: AccessKey,
  store: ReadyStore,
): Outcome | undefined {
  if (store.deleting) {
    const message = `${store.observed.title} is being deleted, and issues no new keys`;
    return { reason: 'StoreNotReady', message };
  }
  const verdict = verdictOf(ctx, store, accessKey);
  if (!verdict.granted) return { reason: 'GrantDenied', message: verdict.refusal };
  const { withheld } = permittedTemplate(accessKey, ctx.allowed);
  return withheld === undefined ? undefined : { reason: 'SecretNotAllowed', message: withheld };
}

interface Attempt {
  /** The step that is running, or that failed. */
  step: Step | undefined;
  /** The new pair that the plan makes. */
  pair: Pair | undefined;
  /** True once its user may be in the store. */
  made: boolean;
  /** True once its Secret may have been written. */
  published: boolean;
}

async function applyPlan(
  pass: Pass,
  store: ReadyStore,
  { observed, plan }: Planned,
  attempt: Attempt,
): Promise<void> {
  const { ctx, accessKey, signal } = pass;
  const { namespace, name } = accessKey.metadata;
  const { policyName } = observed;
  const target = { ctx, accessKey, policyName, client: store.client, signal, versions: new Map() };
  const publishes = plan.steps.some((step) => step.do === 'publish');
  /**
   * Ids in Secrets. Their readers have such a pair already, so the operator doesn't remove its user again.
   */
  const publishedBefore = publishedIds(observed);
  const done: Step[] = [];
  try {
    for (const step of plan.steps) {
      signal.throwIfAborted();
      attempt.step = step;
      pass.doing = WRITES_SECRET.has(step.do) ? 'writingSecret' : 'writingToStore';
      if (step.do === 'putUser' && publishes && !publishedBefore.includes(step.pair.accessKeyId)) {
        attempt.pair = step.pair;
        attempt.made = true;
        ctx.hints.beginIssue(pass.key, step.pair, store.observed.endpoint);
      }
      if (step.do === 'publish') attempt.published = true;
      if (step.do === 'removeUser') ctx.hints.forgetPair(pass.key, step.accessKeyId);
      await applyStep(target, step);
      done.push(step);
    }
  } finally {
    // One line for all steps: a line for each would cost as much as a request.
    if (done.length > 0) {
      const why = [...new Set(done.map((step) => step.why))];
      ctx.log.info({ namespace, name, steps: done.map((step) => step.do), why }, 'steps done');
    }
    // Even if a later step failed: the next plan finds no user to remove.
    for (const ended of endedPrevious(observed, done)) {
      ctx.endedPrevious(ended.cause);
      ctx.events.record(referenceTo('AccessKey', accessKey.metadata), {
        type: 'Normal',
        reason: 'PreviousKeyRevoked',
        action: 'Revoke',
        note: endedPreviousNote(ended),
      });
    }
  }
  attempt.step = undefined;
  pass.doing = 'reading';
}

const WRITES_SECRET: ReadonlySet<Step['do']> = new Set<Step['do']>([
  'publish',
  'tryPublish',
  'blockLatePublish',
  'removeSecret',
]);

/**
 * Removes the user of a pair that certainly wasn't published. If that fails, or if nobody knows whether the
 * Secret was written, the next try uses the same pair. So at most one user is unpublished, however often the
 * operator tries (rule 16).
 */
async function undo({ ctx, key, doing }: Pass, store: ReadyStore, attempt: Attempt, error: unknown) {
  const { pair, made, published } = attempt;
  ctx.hints.flag(key, pair ? [pair.accessKeyId] : []);
  if (!pair || !made || (published && !(doing === 'writingSecret' && wasNotWritten(error)))) return;
  try {
    await removeUser(store.client, pair.accessKeyId, AbortSignal.timeout(UNDO_TIMEOUT_MS));
    // A write without an answer may take effect after the removal. Using the same pair again makes it
    // harmless.
    if (isStoreWriteOpen(error, doing)) return;
    ctx.hints.clearSuspects(key, [pair.accessKeyId]);
    ctx.hints.forgetPair(key);
    ctx.hints.flag(key);
  } catch (undoError) {
    ctx.log.debug({ ...splitKey(key), err: undoError }, 'a user that was made in vain is removed later');
  }
}
