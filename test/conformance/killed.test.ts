/**
 * The operator is killed with SIGKILL at each write of each scenario on the stores with AWS's IAM API, when the write
 * is done and the operator doesn't know. `faults/crash` does so on MinIO, at each request. One death meets the keys of
 * all stores and scenarios, each at its n-th write. The next operator leaves exactly the users that are to work.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pair } from '../../src/provider/provider.ts';
import type { Operator } from '../bed/operator.ts';
import {
  expectWhole,
  publishedPair,
  removeKey,
  usersByNamespace,
} from '../integration/support/crash-outcome.ts';
import {
  crashScenarios,
  GRANTED,
  type Key,
  type Scenario,
  type Track,
} from '../integration/support/crash-scenarios.ts';
import { accessKeyRef, fixtures, namespaceRef } from '../integration/support/fixtures.ts';
import { type PairWatcher, watchPairs } from '../integration/support/pair-watcher.ts';
import { withTimings } from '../integration/support/timings.ts';
import { type HeldWrites, holdWrites } from './held-writes.ts';
import { createStore, describeStores, MINIO_KIND, type RunningStore, STORES } from './stores.ts';

const killed = await fixtures('killed', withTimings({ inheritedWritesMs: 1_000 }));
const { bed, cluster } = killed;
const GRANTS = [
  { namespaces: { matchLabels: GRANTED }, buckets: ['*'], unrestricted: true, allowRetain: true },
];
const watchers = new Map<string, PairWatcher>();
const used = async (namespace: string, id: string) => watchers.get(namespace)?.used(id);
const scenarios = crashScenarios(killed, used);

/** The scenarios that differ from store to store: the others change nothing there that these don't. */
const SCENARIOS = [
  'creation',
  'edit',
  'rotation',
  'rotation without grace',
  'deletion within a grace',
  'disabling',
  'enabling',
];

/** A scenario on a store, in its namespace. */
interface ScenarioRun extends Track {
  readonly title: string;
  readonly scenario: Scenario;
  /** The writes when nothing goes wrong. */
  steps: readonly string[];
}

let held: HeldWrites;
let operator: Operator | undefined;
const stores = new Map<string, RunningStore>();
const runs: ScenarioRun[] = [];

beforeAll(async () => {
  held = await holdWrites(killed);
});
afterAll(async () => {
  held.letGo();
  await Promise.all([...watchers.values()].map((watcher) => watcher.stop()));
  await killed.end();
  await Promise.all([...stores.values()].map(({ admin }) => admin.close()));
  await held.close();
});

let made = 0;

async function prepare(of: readonly ScenarioRun[]): Promise<[ScenarioRun, Key][]> {
  made += 1;
  const name = `key-${made}`;
  for (const { namespace } of of) held.know(accessKeyRef(namespace, name));
  const keys = await Promise.all(
    of.map(async (run): Promise<[ScenarioRun, Key]> => [run, await run.scenario.prepare(run, name)]),
  );
  await held.quiet();
  return keys;
}

/** Exactly the users that are to work; and then nothing. */
async function expectWholeAndRemove(
  keys: readonly [ScenarioRun, Key][],
  pairs: readonly (Pair | undefined)[],
): Promise<void> {
  const wanted = await Promise.all(
    keys.map(([run, key], i) => expectWhole(killed, run, key, pairs[i], used)),
  );
  const found = async () => {
    const users = new Map<string, readonly string[]>();
    for (const store of stores.values())
      for (const [namespace, ids] of await usersByNamespace(store)) users.set(namespace, ids);
    return keys.map(([{ title, namespace }]) => ({ title, ids: users.get(namespace) ?? [] }));
  };
  // One without an access key, of which the dead operator knew, goes a little later.
  const only = keys.map(([{ title }], i) => ({ title, ids: wanted[i] }));
  // A list asks these stores once and more for each user.
  await expect.poll(found, { timeout: 30_000, interval: 1_000 }).toEqual(only);
  await Promise.all(keys.map(([{ scenario }, key], i) => removeKey(killed, scenario, key, wanted[i] ?? [])));
  await held.quiet();
}

/** Kills the runs at their `n`th write, and waits until what they were for has come about. */
async function dieAndRecover(n: number, of: readonly ScenarioRun[]): Promise<void> {
  const keys = await prepare(of);
  held.hold(n);
  await Promise.all(keys.map(([{ scenario }, key]) => scenario.act(key)));
  const at = await Promise.all(
    keys.map(async ([{ title, namespace }]) => `${title}: ${await held.held(namespace)}`),
  );
  await operator?.kill('SIGKILL');
  expect(at).toEqual(keys.map(([{ title, steps }]) => `${title}: ${steps[n - 1]}`));
  const pairs = await Promise.all(keys.map(([, key]) => publishedPair(killed, key)));
  held.letGo();
  operator = await held.operator(stores.keys());
  await Promise.all(keys.map(([{ scenario }, key]) => scenario.done(key)));
  await expectWholeAndRemove(keys, pairs);
}

describeStores(
  STORES.filter((kind) => kind !== MINIO_KIND),
  (kind) => {
    test('each scenario succeeds without a fault', async () => {
      const store = await kind.start(bed, cluster);
      const proxy = await held.before(store.usersEndpoint);
      const namespace = await killed.namespace();
      const name = namespace;
      await createStore(bed, { name, namespace }, store, { grants: GRANTS }, proxy.url);
      stores.set(name, store);
      await operator?.kill();
      operator = await held.operator(stores.keys());
      const own: ScenarioRun[] = [];
      for (const [what, scenario] of Object.entries(scenarios)) {
        if (!SCENARIOS.includes(what)) continue;
        const of = await killed.namespace();
        await bed.api.patch(namespaceRef(of), { metadata: { labels: GRANTED } });
        watchers.set(of, await watchPairs(bed, store, of));
        const title = `${kind.name}, ${what}`;
        own.push({ title, scenario, namespace: of, store: { ...store, name }, steps: [] });
      }
      runs.push(...own);
      const keys = await prepare(own);
      held.hold(Number.POSITIVE_INFINITY);
      for (const [{ scenario }, key] of keys) await scenario.act(key);
      await Promise.all(keys.map(([{ scenario }, key]) => scenario.done(key)));
      await held.quiet();
      for (const run of own) run.steps = [...held.steps(run.namespace)];
      for (const { steps, title } of own) expect(steps.length, title).toBeGreaterThan(0);
      await expectWholeAndRemove(keys, []);
    });
  },
);

test('each scenario succeeds although the operator dies at any of its writes', {
  timeout: 900_000,
}, async () => {
  const rounds = Math.max(0, ...runs.map(({ steps }) => steps.length));
  for (let n = 1; n <= rounds; n += 1) {
    const of = runs.filter(({ steps }) => steps.length >= n);
    await dieAndRecover(n, of);
    console.log(`write ${n} of ${rounds}: ${of.length} keys`);
  }
  console.log(runs.map(({ title, steps }) => `${title} ${steps.length}`).join('; '));
  const outcomes = [...watchers.values()].flatMap((watcher) => [...watcher.outcomes.values()]);
  expect(new Set(outcomes)).toEqual(new Set(['ok']));
});
