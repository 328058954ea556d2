import { referenceTo } from '../../api/object-reference.ts';
import { wasNotWritten } from '../../kube/refusal.ts';
import { removeUser } from '../../ownership/remove-user.ts';
import type { LastUse, Pair } from '../../provider/provider.ts';
import { eachLimited } from '../../runtime/each-limited.ts';
import { splitKey } from '../../runtime/key.ts';
import type { ReadyStore } from '../context/stores.ts';
import { USERS_AT_ONCE } from '../observe/observe.ts';
import type { Observed } from '../observe/observed.ts';
import { endedPrevious, endedPreviousNote } from '../plan/ended-previous.ts';
import { planKey } from '../plan/plan.ts';
import { inBatches, type Plan, type Step } from '../plan/step.ts';
import { applyStep } from './apply.ts';
import { isToBeContinued } from './failure.ts';
import { lastUseOf } from './last-use.ts';
import type { Pass } from './pass.ts';

/** The timeout for removing a user that was made in vain, in ms. */
const UNDO_TIMEOUT_MS = 5_000;

const WRITES_SECRET: ReadonlySet<Step['do']> = new Set<Step['do']>([
  'publish',
  'tryPublish',
  'blockLatePublish',
  'removeSecret',
]);

/** A plan, and what it follows from. */
export interface Planned {
  readonly observed: Observed;
  /** The unpublished pair that the plan may issue; undefined if it asked for none. */
  readonly pair: Pair | undefined;
  readonly plan: Plan;
}

/** The progress of a sync, by which it knows what to undo if it fails. */
export interface Attempt {
  /** The step that is running, or that failed. */
  step: Step | undefined;
  /** The new pair of the plan, once its user may be in the store. */
  pair: Pair | undefined;
  /** True once its Secret may have been written. */
  published: boolean;
}

/** Returns the progress of a sync that has done nothing yet. */
export function newAttempt(): Attempt {
  return { step: undefined, pair: undefined, published: false };
}

/** Returns the ids in the key's own Secrets. Everyone who can read these has the pair. */
export function publishedIds({ secret, elsewhere }: Observed): string[] {
  return [secret, ...elsewhere].flatMap((one) => one?.facts.accessKeyId ?? []);
}

/**
 * Applies a plan batch by batch, and reports what was done, even if a later step fails. A store may choose
 * the pair of a new user itself. The rest is then planned again with that pair, from the same observation, so
 * that only the pair differs.
 * @param attempt records the progress
 * @returns the plan that it applied
 */
export async function applyPlan(
  pass: Pass,
  store: ReadyStore,
  { observed, ...planned }: Planned,
  attempt: Attempt,
): Promise<Plan> {
  const { ctx, accessKey, signal } = pass;
  const { namespace, name } = accessKey.metadata;
  const { policyName } = observed;
  let { pair, plan } = planned;
  let batches = inBatches(plan.steps);
  const target = {
    ctx,
    accessKey,
    policyName,
    client: store.client,
    signal,
    versions: new Map(),
    issuingForMs: () => ctx.hints.issuingForMs(pass.key),
    onPair(given: Pair, chosen: Pair): void {
      if (chosen === given) return;
      pair = chosen;
      attempt.pair = chosen;
      ctx.hints.endIssue(given.accessKeyId);
      ctx.hints.beginIssue(pass.key, chosen, store.observed.endpoint);
      plan = planKey(withoutUser(observed, given.accessKeyId), () => chosen);
      batches = inBatches(plan.steps);
    },
  };
  const publishes = plan.steps.some((step) => step.do === 'publish');
  const ending = new Set(endedPrevious(observed, plan.steps).map(({ accessKeyId }) => accessKeyId));
  const done: Step[] = [];
  const lastUses = new Map<string, LastUse>();
  try {
    for (let at = 0; at < batches.length; at += 1) {
      const batch = batches[at] as (typeof batches)[number];
      signal.throwIfAborted();
      const [step] = batch;
      attempt.step = step;
      pass.doing = WRITES_SECRET.has(step.do) ? 'writingSecret' : 'writingToStore';
      if (pair && publishes && madeUserOf(step) === pair.accessKeyId) {
        attempt.pair = pair;
        ctx.hints.beginIssue(pass.key, pair, store.observed.endpoint);
      }
      if (step.do === 'publish') attempt.published = true;
      await eachLimited(batch, USERS_AT_ONCE, async (one) => {
        if (one.do === 'removeUser') {
          ctx.hints.forgetPair(pass.key, one.accessKeyId);
          if (ending.has(one.accessKeyId))
            lastUses.set(one.accessKeyId, await lastUseOf(store.client, one.accessKeyId, signal));
        }
        await applyStep(target, one);
        done.push(one);
      });
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
        note: endedPreviousNote(ended, lastUses.get(ended.accessKeyId)),
      });
    }
  }
  attempt.step = undefined;
  pass.doing = 'reading';
  return plan;
}

/** Returns the observation without a user of the last try, whose name has become that of the new pair. */
function withoutUser(observed: Observed, accessKeyId: string): Observed {
  if (!observed.users.has(accessKeyId)) return observed;
  return { ...observed, users: new Map([...observed.users].filter(([id]) => id !== accessKeyId)) };
}

/** Returns the id of the user that a step makes, or of whose pair it tries. */
function madeUserOf(step: Step): string | undefined {
  if (step.do === 'putUser' || step.do === 'prove') return step.pair.accessKeyId;
  return step.do === 'attachPolicy' ? step.accessKeyId : undefined;
}

/**
 * Removes the user of a pair that certainly wasn't published. If that fails, or if nobody knows whether the
 * Secret was written, the next try uses the same pair. So at most one user is unpublished, however often the
 * operator tries (rule 16).
 */
export async function undoAttempt(
  { ctx, key, doing }: Pass,
  store: ReadyStore,
  attempt: Attempt,
  error: unknown,
): Promise<void> {
  const { pair, published } = attempt;
  ctx.hints.requestSync(key, pair ? [pair.accessKeyId] : []);
  if (!pair || (published && !(doing === 'writingSecret' && wasNotWritten(error)))) return;
  if (isToBeContinued(error, doing)) return;
  try {
    await removeUser(store.client, pair.accessKeyId, AbortSignal.timeout(UNDO_TIMEOUT_MS));
    ctx.hints.clearSuspects(key, [pair.accessKeyId]);
    ctx.hints.forgetPair(key);
    ctx.hints.requestSync(key);
  } catch (undoError) {
    ctx.log.debug(
      { ...splitKey(key), err: undoError },
      'cannot remove an unpublished user now; a later pass removes it',
    );
  }
}
