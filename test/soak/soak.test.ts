/**
 * Keys that come, change and go for a long time, while the operator is killed and everything around it fails at random.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LABEL_ACCESS_KEY } from '../../src/api/names.ts';
import type { Minio } from '../bed/minio.ts';
import type { LogLine, Operator } from '../bed/operator.ts';
import { type FaultProxy, startProxy } from '../bed/proxy.ts';
import { allAtOnce } from '../integration/support/all-at-once.ts';
import { churning } from '../integration/support/churn.ts';
import { notYetEnabled, type Refused } from '../integration/support/excuses.ts';
import {
  accessKeyRef,
  fixtures,
  policyOf,
  storeReady,
  type TestStore,
} from '../integration/support/fixtures.ts';
import { killing } from '../integration/support/killing.ts';
import { type PairWatcher, watchPairs } from '../integration/support/pair-watcher.ts';
import { type Rules, rulesFor } from '../integration/support/rules.ts';
import { seeded } from '../integration/support/seeded-random.ts';
import { suffer } from './faults.ts';
import { growth, type Sample, sampleOf } from './process-stats.ts';

const MINUTES = Number(process.env['SOAK_MINUTES']);
const SEED = Number(process.env['SOAK_SEED']);
const KEYS = 200;
const MAX_KILLS = 1_000;
const MANY = 2_000;
const SAMPLE_MS = 5_000;
/** The shortest time of which a third shows where a heap goes. */
const SHORTEST_TO_JUDGE_MS = 5 * 60_000;

const soak = await fixtures('soak');
const { bed } = soak;
const random = seeded(SEED);
const output: string[] = [];
const watchers: PairWatcher[] = [];
let minio: Minio;
let api: FaultProxy;
let s3: FaultProxy;
let stores: TestStore[] = [];
let namespace = '';
let kubeconfig = '';
let rules: Rules;
/** The operator that isn't killed. */
let living: Operator | undefined;

beforeAll(async () => {
  minio = await bed.startMinio();
  [api, s3] = await Promise.all([startProxy(bed.server, { ca: bed.caPem }), startProxy(minio.endpoint)]);
  stores = [await soak.store(), await soak.store({ minio, endpoint: s3.url })];
  namespace = await soak.namespace();
  kubeconfig = await bed.kubeconfig({ server: api.url });
});
afterAll(async () => {
  // Revoke all keys, even if the last operator was killed.
  await soak.operator();
  await soak.end();
  await Promise.all([api.close(), s3.close()]);
});

/** Returns the state in Kubernetes, the store and the operator of a key whose pair was refused without an excuse. */
async function testify(store: TestStore, { key, accessKeyId, at }: Refused, outcome: string): Promise<void> {
  const [from = '', name = ''] = key.split('/');
  const ref = accessKeyRef(from, name);
  const object = await bed.api.get(ref).catch(String);
  const labelSelector = `${LABEL_ACCESS_KEY}=${name}`;
  const secrets = await bed.api
    .list({ apiVersion: 'v1', kind: 'Secret', namespace: from, labelSelector })
    .catch(() => []);
  const policy = await store.admin.getPolicy(policyOf(soak.cluster, ref)).catch(String);
  const said = {
    refused: { accessKeyId, outcome, at: new Date(at).toISOString() },
    object,
    secrets: secrets.map(({ metadata, data }) => ({
      name: metadata.name,
      annotations: metadata.annotations,
      accessKeyId: Buffer.from(data?.['AWS_ACCESS_KEY_ID'] ?? '', 'base64').toString(),
    })),
    user: await store.admin.getUser(accessKeyId).catch(String),
    mark: typeof policy === 'string' ? policy : policy?.id,
    operator: (living?.lines ?? []).filter((line) => line['name'] === name).slice(-15),
  };
  console.log(`refused without an excuse: ${JSON.stringify(said)}`);
}

/** Keys that churn under faults, for as long as `work` takes. @param late whether one operator lives through it */
async function underFaults<T>(store: TestStore, late: boolean, work: () => Promise<T>): Promise<T> {
  // Each store has a namespace of its own, so that those who use its keys know where they are taken.
  const here = await soak.namespace();
  const watcher = await watchPairs(bed, store.minio, here, {
    everyMs: 2_000,
    again: true,
    excuse: (refused) => notYetEnabled(store.admin, soak.cluster, refused),
    onRefused: (refused, outcome) => testify(store, refused, outcome),
  });
  watchers.push(watcher);
  rules = await rulesFor(soak, {
    stores,
    namespaces: [namespace, here],
    watchers,
    output: () => output,
  });
  const over = new AbortController();
  const keys = churning(soak, { stores: [store], namespace: here, keys: KEYS, random });
  const running = keys.run(50, over.signal);
  const faults = suffer({ bed, api, s3, minio, late, random: seeded(random.below(2 ** 31)) }, over.signal);
  const result = await work();
  over.abort();
  await running;
  const counts = await faults;
  const list = (map: ReadonlyMap<string, number>) =>
    [...map].map(([kind, count]) => `${count} ${kind}`).join(', ');
  console.log(`changes: ${list(keys.changes)}\nfaults: ${list(counts)}`);
  // The last operator completes what the others left. It doesn't know which of their writes had no answer, but it soon
  // checks every policy.
  const last = await soak.restart({ kubeconfig, args: ['--policy-check-interval=20s'] });
  await keys.settle(300_000);
  try {
    await rules.hold({ timeoutMs: 60_000 });
  } catch (error) {
    // What the last operators did about the keys that aren't as they should be, and about users of nobody's.
    const found = String((error as { actual?: unknown }).actual);
    const about = new Set(found.match(/key-\d+|AKO[A-Z2-7]{17}/g));
    const isAbout = (line: LogLine) =>
      about.has(String(line['name'])) ||
      about.has(String(line['accessKeyId'])) ||
      about.values().some((part) => String(JSON.stringify(line['err'])).includes(part));
    for (const operator of [living, last])
      console.log(
        operator?.lines
          .filter(isAbout)
          .map((line) => JSON.stringify(line))
          .join('\n'),
      );
    throw error;
  }
  output.push(...last.output);
  await last.kill();
  console.log(`${watcher.published.length} pairs published, ${watcher.uses.length} requests with them`);
  return result;
}

test(`${MANY} keys made, edited and deleted at once in random order`, async () => {
  const operator = await soak.operator({ kubeconfig });
  const [store] = stores;
  if (!store) throw new Error('no store');
  await storeReady(bed, store.ref);
  rules = await rulesFor(soak, { stores, namespaces: [namespace] });
  const { left } = await allAtOnce(soak, { store, namespace, keys: MANY, random });
  await rules.hold({ timeoutMs: 120_000 });
  for (const ref of left) await bed.api.delete(ref);
  await Promise.all(left.map((ref) => bed.api.waitGone(ref, { timeoutMs: 300_000 })));
  await rules.hold({ timeoutMs: 60_000 });
  await operator.kill();
});

test.each([0, 1])(
  'keys of store %i that churn while the operator is killed and everything fails',
  async (which) => {
    const store = stores[which];
    if (!store) throw new Error('no store');
    const until = performance.now() + (MINUTES * 60_000) / 4;
    const kills = await underFaults(store, false, () =>
      killing({
        bed,
        kubeconfig,
        random: seeded(random.below(2 ** 31)),
        enough: (count) => count >= MAX_KILLS / 2 || performance.now() > until,
        onOutput: (lines) => output.push(...lines),
      }),
    );
    console.log(`${kills} kills`);
    expect(kills).toBeGreaterThan(0);
  },
);

test('one operator that lives through all of it, with memory and open handles flat at the end', async () => {
  const operator = await soak.restart({ kubeconfig });
  living = operator;
  const lifeMs = (MINUTES * 60_000) / 2;
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const [, store] = stores;
  if (!store) throw new Error('no store');
  await underFaults(store, true, async () => {
    while (performance.now() - startedAt < lifeMs) {
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
      samples.push(await sampleOf(operator.pid, startedAt));
    }
    // Before anything is judged.
    const series = samples.filter((_, i) => i % Math.ceil(samples.length / 60) === 0);
    console.log(
      `second MiB handles: ${series.map(({ second, rssMiB, handles }) => `${second} ${rssMiB} ${handles}`).join('; ')}`,
    );
    expect(await Promise.race([operator.exited, 'running'])).toBe('running');
  });
  if (lifeMs < SHORTEST_TO_JUDGE_MS) {
    console.log(
      `not judged: ${lifeMs / 60_000} minutes of one process are too few; it takes --minutes=10 or more`,
    );
    return;
  }
  expect(growth(samples)).toEqual([]);
});
