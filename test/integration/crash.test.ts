/**
 * The operator is killed with SIGKILL between any two requests of what it does for a key, and started again. The
 * requests are counted once without a fault, so that a new one is covered by itself. All the while somebody uses
 * each pair the moment it appears.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessKeySpec } from '../../src/api/accesskey.ts';
import type { Pair } from '../../src/store/store.ts';
import type { Operator } from '../bed/operator.ts';
import {
  accessKeyRef,
  expectRevoked,
  fixtures,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  until,
  usersOf,
} from './fixtures.ts';
import { type PairWatcher, watchPairs } from './pair-watcher.ts';
import { type Proxied, proxied } from './proxied.ts';

const crash = await fixtures('crash');
const { bed, cluster } = crash;
let behind: Proxied;
let namespace: string;
let watcher: PairWatcher;
let operator: Operator;

beforeAll(async () => {
  behind = await proxied(crash);
  namespace = await crash.namespace();
  watcher = await watchPairs(bed, bed.minio, namespace);
  operator = await behind.operator();
});
afterAll(async () => {
  await crash.end();
  await behind.close();
});

/** A key, and the pair that it had before something was asked of it. */
interface Key {
  readonly ref: NamespacedRef;
  readonly pair: Pair | undefined;
}

type Spec = Partial<Omit<AccessKeySpec, 'storeRef'>>;

interface Scenario {
  readonly prepare: () => Promise<Key>;
  readonly act: (key: Key) => Promise<unknown>;
  /** Waits until what was asked for has come about. */
  readonly done: (key: Key) => Promise<unknown>;
  /** What becomes of the pair from before. */
  readonly pair: 'made' | 'kept' | 'replaced' | 'revoked';
}

const before: Spec = { limited: true, bucketAccess: [{ bucketName: 'before', permissions: 'read_only' }] };
const after: Spec = { limited: true, bucketAccess: [{ bucketName: 'after', permissions: 'read_write' }] };
/** What was made so far. */
const refs: NamespacedRef[] = [];

function newRef(): NamespacedRef {
  const ref = accessKeyRef(namespace, `key-${refs.length}`);
  refs.push(ref);
  return ref;
}

const create = ({ ref }: Key) => crash.accessKey(namespace, behind.store, before, ref.metadata.name);

async function prepareReady(): Promise<Key> {
  const ref = newRef();
  await create({ ref, pair: undefined });
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  await watcher.used(pair.accessKeyId);
  await behind.quiet();
  return { ref, pair };
}

async function publishedPair(ref: NamespacedRef): Promise<Pair | undefined> {
  return (await bed.api.get(secretOf(ref))) && readPair(bed, secretOf(ref));
}

/** Ready by another pair than before, as the status says too. */
async function replaced({ ref, pair }: Key): Promise<void> {
  await until('issued again', async () => {
    const { accessKeyId } = (await ready(bed, ref)).status;
    const now = await publishedPair(ref);
    return now && now.accessKeyId !== pair?.accessKeyId && now.accessKeyId === accessKeyId;
  });
}

const scenarios: Record<string, Scenario> = {
  creation: {
    prepare: async () => ({ ref: newRef(), pair: undefined }),
    act: create,
    done: ({ ref }) => ready(bed, ref),
    pair: 'made',
  },
  edit: {
    prepare: prepareReady,
    act: ({ ref }) => bed.api.patch(ref, { spec: after }),
    async done({ ref }) {
      await ready(bed, ref);
      const policy = JSON.stringify(await behind.store.admin.getPolicy(policyOf(cluster, ref)));
      expect(policy).toContain('arn:aws:s3:::after');
      expect(policy).not.toContain('arn:aws:s3:::before');
    },
    pair: 'kept',
  },
  're-issue after the Secret was deleted': {
    prepare: prepareReady,
    act: ({ ref }) => bed.api.delete(secretOf(ref)),
    done: replaced,
    pair: 'replaced',
  },
  rotation: {
    prepare: prepareReady,
    act: ({ ref }) => bed.api.patch(ref, { spec: { keyGeneration: 2 } }),
    done: replaced,
    pair: 'replaced',
  },
  deletion: {
    prepare: prepareReady,
    act: ({ ref }) => bed.api.delete(ref),
    done: ({ ref }) => bed.api.waitGone(ref),
    pair: 'revoked',
  },
};

async function userIds(ref: NamespacedRef): Promise<string[]> {
  const users = await usersOf(behind.store, cluster, ref);
  return users.map(({ accessKeyId }) => accessKeyId).sort();
}

const outcomeOf = (pair: Pair) => s3Outcome(s3Client(bed.minio, pair).listBuckets());

/** One user and one policy, but for the previous keys in the status; a published pair works and stays. */
async function expectWhole(
  { pair: of }: Scenario,
  { ref, pair: old }: Key,
  atKill: Pair | undefined,
): Promise<void> {
  const pair = await readPair(bed, secretOf(ref));
  expect(await watcher.used(pair.accessKeyId)).toBe('ok');
  expect(await outcomeOf(pair)).toBe('ok');
  if (atKill && (of === 'kept' || atKill.accessKeyId !== old?.accessKeyId))
    expect(samePair(pair, atKill)).toBe(true);
  if (old) expect(await outcomeOf(old)).toBe('ok');
  const { status } = await ready(bed, ref);
  const previous = (status.previousKeys ?? []).map((key) => key.accessKeyId);
  expect(previous).toEqual(of === 'replaced' ? [old?.accessKeyId] : []);
  expect(status.accessKeyId).toBe(pair.accessKeyId);
  const expected = [pair.accessKeyId, ...previous].sort();
  await expect.poll(() => userIds(ref), { timeout: 10_000, interval: 250 }).toEqual(expected);
  expect(await behind.store.admin.getPolicy(policyOf(cluster, ref))).toBeDefined();
}

async function expectGone({ ref, pair }: Key, ids: readonly string[]): Promise<void> {
  expect(await bed.api.get(secretOf(ref))).toBeUndefined();
  await expectRevoked(behind.store, policyOf(cluster, ref), ids);
  expect(await userIds(ref)).toEqual([]);
  if (pair) expect(await outcomeOf(pair)).toBe('InvalidAccessKeyId');
}

async function remove(key: Key): Promise<void> {
  const ids = await userIds(key.ref);
  await bed.api.delete(key.ref);
  await bed.api.waitGone(key.ref);
  await expectGone(key, ids);
  await behind.quiet();
}

/** What the operator asks for in the scenario when nothing goes wrong, up to the last write: reads after it change nothing. */
async function countSteps(scenario: Scenario): Promise<string[]> {
  const key = await scenario.prepare();
  const from = behind.steps.length;
  await scenario.act(key);
  await scenario.done(key);
  await behind.quiet();
  const steps = behind.steps.slice(from);
  if (scenario.pair !== 'revoked') await remove(key);
  return steps.slice(0, steps.findLastIndex((step) => !step.includes(' GET ')) + 1);
}

async function dieAndRecover(
  scenario: Scenario,
  n: number,
  when: 'before' | 'after',
  expected: string | undefined,
): Promise<void> {
  const key = await scenario.prepare();
  const killed = behind.killAt(operator, n, when);
  await scenario.act(key);
  expect(await killed).toBe(expected);
  const atKill = await publishedPair(key.ref);
  operator = await behind.operator();
  await scenario.done(key);
  if (scenario.pair === 'revoked') {
    await expectGone(key, key.pair ? [key.pair.accessKeyId] : []);
  } else {
    await expectWhole(scenario, key, atKill);
    await remove(key);
  }
}

describe.each(Object.entries(scenarios))('%s', (name, scenario) => {
  test('survives SIGKILL before each request is sent, and before each answer arrives', async () => {
    const steps = await countSteps(scenario);
    expect(steps.length).toBeGreaterThan(4);
    for (const [index, step] of steps.entries()) {
      for (const when of ['before', 'after'] as const) {
        const startedAt = performance.now();
        await dieAndRecover(scenario, index + 1, when, step);
        const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
        console.log(`${name} ${index + 1}/${steps.length}: killed ${when} ${step}, whole after ${seconds} s`);
      }
    }
  }, 300_000);
});

test('no pair was ever refused that could be seen, and no policy was made under another name', async () => {
  await watcher.stop();
  expect(new Set(watcher.outcomes.values())).toEqual(new Set(['ok']));
  const written = behind.s3.requests
    .filter(({ path }) => path.includes('/add-canned-policy?'))
    .map(({ path }) => new URL(path, behind.s3.url).searchParams.get('name'));
  expect(new Set(written)).toEqual(new Set(refs.map((ref) => policyOf(cluster, ref))));
});
