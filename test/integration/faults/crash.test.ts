/**
 * The test kills the operator with SIGKILL between any two requests of what it does for a key, and starts it again. It
 * counts the requests once without a fault, so a new request is covered without a change of the test. In the n-th round
 * it kills the operator in every scenario at the n-th request, when the server has done it and before its answer
 * arrives. A death before the next request leaves the same behind: nothing of the process is left, and the servers are
 * as they were. During the whole test, a watcher uses each pair from the moment it appears.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Operator } from '../../bed/operator.ts';
import { expectWhole, publishedPair, removeKey, usersByNamespace } from '../support/crash-outcome.ts';
import { crashScenarios, GRANTED, type Key, type Scenario, type Track } from '../support/crash-scenarios.ts';
import { fixtures, namespaceRef } from '../support/fixtures.ts';
import { type HeldRequests, holdRequests } from '../support/held-requests.ts';
import { type PairWatcher, watchPairs } from '../support/pair-watcher.ts';
import { type Rules, rulesFor } from '../support/rules.ts';
import { withTimings } from '../support/timings.ts';

const crash = await fixtures('crash', withTimings({ inheritedWritesMs: 1_000 }));
const { bed } = crash;
const watchers = new Map<string, PairWatcher>();
const used = async (namespace: string, id: string) => watchers.get(namespace)?.used(id);
const scenarios = crashScenarios(crash, used);

/** A scenario in its namespace. */
interface ScenarioRun extends Track {
  readonly title: string;
  readonly scenario: Scenario;
  /** The requests of the scenario without a fault, up to the last write: reads after it change nothing. */
  steps: readonly string[];
}

let held: HeldRequests;
let operator: Operator;
let rules: Rules;
const runs: ScenarioRun[] = [];
const output: string[] = [];

beforeAll(async () => {
  held = await holdRequests(crash, {
    grants: [
      {
        namespaces: { matchLabels: GRANTED },
        buckets: ['*'],
        unrestricted: true,
        allowImport: true,
        allowRetain: true,
      },
    ],
  });
  const { endpoint, rootUser, rootPassword } = bed.minio;
  const root = { accessKeyId: rootUser, secretAccessKey: rootPassword };
  const store = { ...held.store, endpoint, root };
  for (const [title, scenario] of Object.entries(scenarios)) {
    const namespace = await crash.namespace();
    await bed.api.patch(namespaceRef(namespace), { metadata: { labels: GRANTED } });
    watchers.set(
      namespace,
      await watchPairs(bed, bed.minio, namespace, { everyMs: 1_000, excuse: () => withdrawn(namespace) }),
    );
    runs.push({ title, scenario, namespace, store, steps: [] });
  }
  rules = await rulesFor(crash, {
    stores: [held.store],
    namespaces: runs.map(({ namespace }) => namespace),
    watchers: [...watchers.values()],
    output: () => [...output, ...operator.output],
  });
  operator = await held.operator();
});
afterAll(async () => {
  held.letGo();
  await crash.end();
  await held.close();
});

/** Returns why the grants no longer cover the namespace, even if its AccessKeys don't say so yet. */
async function withdrawn(namespace: string): Promise<string | undefined> {
  const { labels } = (await bed.api.get(namespaceRef(namespace)))?.metadata ?? {};
  return labels?.['crash'] === GRANTED.crash ? undefined : 'the grant was withdrawn';
}

/** One user and one policy, but for the previous keys in the status; and then nothing. */
async function expectWholeAndRemove(
  keys: readonly [ScenarioRun, Key][],
  pairs: readonly (Pair | undefined)[],
): Promise<void> {
  const wanted = await Promise.all(keys.map(([run, key], i) => expectWhole(crash, run, key, pairs[i], used)));
  await rules.hold();
  const users = await usersByNamespace(held.store);
  for (const [i, [{ title, namespace }]] of keys.entries()) {
    expect(users.get(namespace) ?? [], title).toEqual(wanted[i]);
  }
  await Promise.all(keys.map(([{ scenario }, key], i) => removeKey(crash, scenario, key, wanted[i] ?? [])));
  await held.quiet();
}

let made = 0;

async function prepare(of: readonly ScenarioRun[]): Promise<[ScenarioRun, Key][]> {
  made += 1;
  const keys = await Promise.all(
    of.map(async (run): Promise<[ScenarioRun, Key]> => {
      const key = await run.scenario.prepare(run, `key-${made}`);
      held.know(key.ref, key.pair?.accessKeyId);
      return [run, key];
    }),
  );
  await held.quiet();
  return keys;
}

/** Kills all the runs at their `n`th request, and waits until what they were for has come about. */
async function dieAndRecover(n: number): Promise<void> {
  const keys = await prepare(runs.filter(({ steps }) => steps.length >= n));
  held.hold(n);
  await Promise.all(keys.map(([{ scenario }, key]) => scenario.act(key)));
  const at = await Promise.all(
    keys.map(async ([{ title, namespace }]) => `${title}: ${await held.held(namespace)}`),
  );
  await operator.kill('SIGKILL');
  expect(at).toEqual(keys.map(([{ title, steps }]) => `${title}: ${steps[n - 1]}`));
  const pairs = await Promise.all(keys.map(([, key]) => publishedPair(crash, key)));
  held.letGo();
  output.push(...operator.output);
  operator = await held.operator();
  await Promise.all(keys.map(([{ scenario }, key]) => scenario.done(key)));
  await expectWholeAndRemove(keys, pairs);
}

test('each scenario succeeds without a fault', async () => {
  const keys = await prepare(runs);
  held.hold(Number.POSITIVE_INFINITY);
  await Promise.all(
    keys.map(async ([{ scenario }, key]) => {
      await scenario.act(key);
      await scenario.done(key);
    }),
  );
  await held.quiet();
  for (const run of runs) {
    const steps = held.steps(run.namespace);
    run.steps = steps.slice(0, steps.findLastIndex((step) => !step.includes(' GET ')) + 1);
    expect(run.steps.length, run.title).toBeGreaterThan(2);
  }
  await expectWholeAndRemove(keys, []);
});

test('each survives SIGKILL between any two of its requests', async () => {
  const rounds = Math.max(...runs.map(({ steps }) => steps.length));
  expect(rounds).toBeGreaterThan(8);
  let kills = 0;
  for (let n = 1; n <= rounds; n += 1) {
    const startedAt = performance.now();
    const of = runs.filter(({ steps }) => steps.length >= n).length;
    await dieAndRecover(n);
    kills += of;
    console.log(
      `request ${n} of ${rounds}: ${of} keys killed at it, whole after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`,
    );
  }
  const sum = runs.reduce((total, { steps }) => total + steps.length, 0);
  expect(kills).toBe(sum);
  console.log(
    `${Object.keys(scenarios).length} scenarios, ${sum} places: ${runs
      .map(({ title, steps }) => `${title} ${steps.length}`)
      .join(', ')}`,
  );
}, 600_000);

test('nothing is left, and no pair was ever refused that could be seen', async () => {
  await rules.hold();
  await Promise.all([...watchers.values()].map((watcher) => watcher.stop()));
  const outcomes = [...watchers.values()].flatMap((watcher) => [...watcher.outcomes.values()]);
  expect(new Set(outcomes)).toEqual(new Set(['ok']));
  expect(await rules.violations()).toEqual([]);
});
