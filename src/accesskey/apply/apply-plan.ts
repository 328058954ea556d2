import { referenceTo } from '../../api/object-reference.ts';
import type { LastUse, Pair } from '../../provider/provider.ts';
import { eachLimited } from '../../runtime/each-limited.ts';
import type { ReadyStore } from '../context/stores.ts';
import { USERS_AT_ONCE } from '../observe/observe.ts';
import type { Observed } from '../observe/observed.ts';
import { endedPrevious, endedPreviousNote } from '../plan/ended-previous.ts';
import { planKey } from '../plan/plan.ts';
import { inBatches, type Plan, type Step } from '../plan/step.ts';
import { applyStep, type Target } from './apply.ts';
import type { Attempt } from './attempt.ts';
import { lastUseOf } from './last-use.ts';
import type { Pass } from './pass.ts';

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

/** A plan while the operator applies it. Plan, batches and pair change if the store chooses the pair. */
interface Run {
  readonly pass: Pass;
  readonly store: ReadyStore;
  readonly observed: Observed;
  readonly attempt: Attempt;
  pair: Pair | undefined;
  plan: Plan;
  batches: ReturnType<typeof inBatches>;
  readonly done: Step[];
  /** The previous keys that the plan ends, by id. */
  readonly ending: ReadonlySet<string>;
  /** The last uses of those that have ended, by id. */
  readonly lastUses: Map<string, LastUse>;
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
  { observed, pair, plan }: Planned,
  attempt: Attempt,
): Promise<Plan> {
  const batches = inBatches(plan.steps);
  const ending = new Set(endedPrevious(observed, plan.steps).map(({ accessKeyId }) => accessKeyId));
  const done: Step[] = [];
  const run: Run = { pass, store, observed, attempt, pair, plan, batches, done, ending, lastUses: new Map() };
  const target = targetOf(run);
  try {
    for (let at = 0; ; at += 1) {
      const batch = run.batches[at];
      if (!batch) break;
      pass.signal.throwIfAborted();
      beginBatch(run, batch[0]);
      await eachLimited(batch, USERS_AT_ONCE, (step) => applyInRun(run, target, step));
    }
  } finally {
    // Even if a later step failed: the next plan finds no user to remove.
    logSteps(pass, done);
    reportEndedKeys(run);
  }
  attempt.step = undefined;
  pass.doing = 'reading';
  return run.plan;
}

function targetOf(run: Run): Target {
  const { ctx, key, accessKey, signal } = run.pass;
  return {
    ctx,
    accessKey,
    policyName: run.observed.policyName,
    client: run.store.client,
    signal,
    versions: new Map(),
    issuingForMs: () => ctx.hints.issuingForMs(key),
    onPair: (given, chosen) => {
      if (chosen !== given) planAgainWith(run, given, chosen);
    },
  };
}

/** Plans the rest with the pair that the store chose. The steps so far are the same in both plans. */
function planAgainWith(run: Run, given: Pair, chosen: Pair): void {
  run.pair = chosen;
  run.pass.ctx.hints.endIssue(given.accessKeyId);
  beginIssue(run, chosen);
  run.plan = planKey(withoutUser(run.observed, given.accessKeyId), () => chosen);
  run.batches = inBatches(run.plan.steps);
}

/** Returns the observation without a user of the last try, whose name has become that of the new pair. */
function withoutUser(observed: Observed, accessKeyId: string): Observed {
  if (!observed.users.has(accessKeyId)) return observed;
  return { ...observed, users: new Map([...observed.users].filter(([id]) => id !== accessKeyId)) };
}

/** Records what the batch of this step is about to do, so that a failure of it is understood. */
function beginBatch(run: Run, step: Step): void {
  const { pass, attempt, pair, plan } = run;
  attempt.step = step;
  pass.doing = WRITES_SECRET.has(step.do) ? 'writingSecret' : 'writingToStore';
  const publishes = plan.steps.some((one) => one.do === 'publish');
  if (pair && publishes && madeUserOf(step) === pair.accessKeyId) beginIssue(run, pair);
  if (step.do === 'publish') attempt.published = true;
}

/** Returns the id of the user that a step makes, or of whose pair it tries. */
function madeUserOf(step: Step): string | undefined {
  if (step.do === 'putUser' || step.do === 'prove') return step.pair.accessKeyId;
  return step.do === 'attachPolicy' ? step.accessKeyId : undefined;
}

/** Records that the user of a new pair may be in the store from now. */
function beginIssue({ pass: { ctx, key }, store, attempt }: Run, pair: Pair): void {
  attempt.pair = pair;
  ctx.hints.beginIssue(key, pair, store.observed.endpoint);
}

async function applyInRun(run: Run, target: Target, step: Step): Promise<void> {
  const { pass, store, ending, lastUses, done } = run;
  if (step.do === 'removeUser') {
    const { accessKeyId } = step;
    pass.ctx.hints.forgetPair(pass.key, accessKeyId);
    if (ending.has(accessKeyId))
      lastUses.set(accessKeyId, await lastUseOf(store.client, accessKeyId, pass.signal));
  }
  await applyStep(target, step);
  done.push(step);
}

/** Logs one line for all steps: a line for each would cost as much as a request. */
function logSteps({ ctx, accessKey }: Pass, done: readonly Step[]): void {
  if (done.length === 0) return;
  const { namespace, name } = accessKey.metadata;
  const why = [...new Set(done.map((step) => step.why))];
  ctx.log.info({ namespace, name, steps: done.map((step) => step.do), why }, 'steps done');
}

/** Counts the previous keys that have ended, and writes an Event for each. */
function reportEndedKeys({ pass: { ctx, accessKey }, observed, done, lastUses }: Run): void {
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
