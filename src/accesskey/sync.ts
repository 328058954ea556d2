import { FINALIZER } from '../api/names.ts';
import { referenceTo } from '../api/object-reference.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { newPair } from '../ownership/new-pair.ts';
import { removeUser } from '../ownership/remove-user.ts';
import type { Action } from '../runtime/controller.ts';
import { splitKey } from '../runtime/key.ts';
import { readLive, writeStatus } from './apply/access-key-writes.ts';
import { applyStep } from './apply/apply.ts';
import { isStoreFault, mayComeLate, outcomeOfFailure, wasNotWritten } from './apply/failure.ts';
import type { Context } from './context/context.ts';
import { grantsOf } from './context/granted.ts';
import type { ReadyStore } from './context/stores.ts';
import { observe } from './observe/observe.ts';
import type { Observed } from './observe/observed.ts';
import { driftOf } from './plan/drift.ts';
import { planKey } from './plan/plan.ts';
import type { Plan, Step } from './plan/step.ts';
import { askedVerdict } from './policy/desired-policy.ts';
import { lookAgainMs } from './status/recheck.ts';
import type { Outcome } from './status/status.ts';
import { glanceAt } from './up-to-date/cached-state.ts';
import { lookAgainOrEndMs, nextPassMs } from './up-to-date/next-pass.ts';

/** How long a user that was made in vain may take to be removed again at once. */
const UNDO_TIMEOUT_MS = 5_000;

/**
 * The pass that looks at the store: finalizer, observe, plan, apply, status.
 * @param settled whether the caches show nothing to do, and it is looked at all the same
 */
export async function bringAbout(
  ctx: Context,
  key: string,
  cached: AccessKey,
  store: ReadyStore,
  settled: boolean,
  signal: AbortSignal,
): Promise<Action> {
  if (isUntouched(ctx, key, cached)) {
    // Nothing was made yet, and nothing will be: no reason to hold on to the object.
    const refusal = cached.spec.disabled ? disabledFromBirth : refusalOf(ctx, cached, store);
    if (refusal) {
      await writeStatus(ctx, cached, refusal, signal);
      return { requeueAfterMs: lookAgainMs(ctx, refusal.reason) };
    }
    if (!ctx.stores.hold(cached)) return {};
  }
  const accessKey = await readLive(ctx, cached, signal);
  if (!accessKey || accessKey.metadata.uid !== cached.metadata.uid || accessKey.metadata.deletionTimestamp) {
    // What the watch shows next queues the key again.
    return {};
  }
  if (!cached.metadata.finalizers?.includes(FINALIZER)) ctx.watchlist.begun(key, accessKey);
  const attempt: Attempt = { step: undefined, made: undefined, published: false };
  let plan: Plan;
  let suspects: readonly string[];
  const since = ctx.now();
  try {
    const observed = await observe(ctx, accessKey, store, signal);
    ctx.watchlist.sawUsers(key, observed.users.values());
    suspects = observed.suspects;
    for (const kind of driftOf(observed)) ctx.foundDrift?.(kind);
    plan = planKey(observed, () => newPair(observed.policyName, ctx.randomBytes));
    await applyPlan(ctx, accessKey, store, plan, observed, attempt, signal);
    const removed = plan.steps.flatMap((step) => (step.do === 'removeUser' ? [step.accessKeyId] : []));
    const left = [...observed.users.values()].filter((user) => user && !removed.includes(user.accessKeyId));
    ctx.watchlist.sawUsers(key, left);
    if (plan.event)
      ctx.events.record(referenceTo('AccessKey', accessKey.metadata), { type: 'Normal', ...plan.event });
    ctx.watchlist.settle(key, suspects);
    ctx.watchlist.looked(key, since);
  } catch (error) {
    if (attempt.step && mayComeLate(error)) ctx.watchlist.unanswered(key);
    await undo(ctx, key, store, attempt, error);
    if (isStoreFault(error)) ctx.stores.reportFault(accessKey);
    const outcome = signal.aborted ? undefined : outcomeOfFailure(error, accessKey, attempt.step, settled);
    if (outcome) await writeStatus(ctx, accessKey, outcome, signal);
    throw error;
  } finally {
    if (attempt.made) ctx.watchlist.endIssue(attempt.made);
  }
  const after = await writeStatus(ctx, accessKey, plan, signal);
  const glance = glanceAt(ctx, key, after, store);
  const nextMs = plan.reason === 'Issued' ? nextPassMs(glance) : lookAgainOrEndMs(ctx, plan.reason, glance);
  const lateMs = ctx.watchlist.lateWritesMs(key);
  if (lateMs === 0) return { requeueAfterMs: nextMs };
  // What comes late undoes what was done since, or what somebody has asked for since.
  ctx.watchlist.flag(key, suspects);
  return { requeueAfterMs: Math.min(nextMs, lateMs) };
}

const disabledFromBirth: Outcome = {
  reason: 'Disabled',
  message: 'the key is disabled and has no pair yet; it gets one when spec.disabled is false',
};

/** Whether there is no sign that anything was ever made for the key. */
function isUntouched(ctx: Context, key: string, { metadata, status }: AccessKey): boolean {
  if (metadata.finalizers?.includes(FINALIZER) || ctx.watchlist.isFlagged(key)) return false;
  return status.accessKeyId === undefined && ctx.secretsOf(key).length === 0;
}

function refusalOf(ctx: Context, accessKey: AccessKey, store: ReadyStore): Outcome | undefined {
  if (store.deleting) {
    const message = `${store.observed.title} is being deleted, and issues no new keys`;
    return { reason: 'StoreNotReady', message };
  }
  const { evaluate } = grantsOf(ctx, store, accessKey.metadata.namespace);
  const verdict = askedVerdict(accessKey, store.observed.title, evaluate);
  return verdict.granted ? undefined : { reason: 'GrantDenied', message: verdict.refusal };
}

interface Attempt {
  /** The step that is being done, or that failed. */
  step: Step | undefined;
  /** The user that was made for a new pair. */
  made: string | undefined;
  /** Whether the pair's Secret may have been written. */
  published: boolean;
}

async function applyPlan(
  ctx: Context,
  accessKey: AccessKey,
  store: ReadyStore,
  plan: Plan,
  { policyName, secret, elsewhere }: Observed,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = accessKey.metadata;
  const target = { ctx, accessKey, policyName, client: store.client, signal, versions: new Map() };
  const publishes = plan.steps.some((step) => step.do === 'publish');
  /** Whoever reads these Secrets has such a pair already: its user may be made again, and isn't made in vain. */
  const held = [secret, ...elsewhere].map((one) => one?.facts.accessKeyId);
  const done: Step[] = [];
  try {
    for (const step of plan.steps) {
      signal.throwIfAborted();
      attempt.step = step;
      if (step.do === 'putUser' && publishes && !held.includes(step.pair.accessKeyId)) {
        attempt.made = step.pair.accessKeyId;
        ctx.watchlist.beginIssue(step.pair.accessKeyId);
      }
      if (step.do === 'publish') attempt.published = true;
      await applyStep(target, step);
      done.push(step);
    }
  } finally {
    // One line for all: a line for each cost as much as a request.
    if (done.length > 0) {
      const why = [...new Set(done.map((step) => step.why))];
      ctx.log.info({ namespace, name, steps: done.map((step) => step.do), why }, 'steps done');
    }
  }
  attempt.step = undefined;
}

/**
 * A user that was made for a pair that certainly wasn't published is removed at once, so that retries leave none
 * behind. Where the Secret's write has no answer nobody knows: the next pass reads the Secret and decides.
 */
async function undo(
  ctx: Context,
  key: string,
  store: ReadyStore,
  attempt: Attempt,
  error: unknown,
): Promise<void> {
  const { made, published, step } = attempt;
  ctx.watchlist.flag(key, made ? [made] : []);
  const refused = step?.do === 'publish' && wasNotWritten(error);
  if (!made || (published && !refused)) return;
  try {
    await removeUser(store.client, made, AbortSignal.timeout(UNDO_TIMEOUT_MS));
    // It may have come before the user.
    if (mayComeLate(error)) return;
    ctx.watchlist.settle(key, [made]);
    ctx.watchlist.flag(key);
  } catch (undoError) {
    ctx.log.debug({ ...splitKey(key), err: undoError }, 'a user that was made in vain is removed later');
  }
}
