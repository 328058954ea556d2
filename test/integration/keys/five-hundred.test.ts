/** The cost of a key: alone, and with 499 others that are applied at the same moment. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_VERSION } from '../../../src/api/names.ts';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import { accessKeyTag, tagOf } from '../../../src/ownership/names.ts';
import type { KubeObject } from '../../bed/api.ts';
import { knowsFinalizerPolicy, untilFinalizersAdded } from '../../bed/install.ts';
import type { Operator } from '../../bed/operator.ts';
import { edit, fixtures, limitedKey, type NamespacedRef, policyOf } from '../support/fixtures.ts';
import { type PairWatcher, watchPairs } from '../support/pair-watcher.ts';
import { type Proxied, proxied, tally } from '../support/proxied.ts';
import { type Rules, rulesFor } from '../support/rules.ts';

const KEYS = 500;
/** The maximum number of concurrent requests of the test. */
const PARALLEL = 20;
/** A list of them all costs the API server more than a key does. */
const EVERY_SECOND = { interval: 1_000, timeout: 240_000 };

const crowd = await fixtures('crowd', { addsFinalizers: true });
const { bed, cluster } = crowd;
/** True if the cluster has the API for the chart's policy. */
const addsFinalizers = await knowsFinalizerPolicy(bed.api);
let behind: Proxied;
let namespace: string;
let watcher: PairWatcher;
let operator: Operator;
let rules: Rules;
const refs: NamespacedRef[] = [];

beforeAll(async () => {
  behind = await proxied(crowd);
  namespace = await crowd.namespace();
  watcher = await watchPairs(bed, bed.minio, namespace);
  rules = await rulesFor(crowd, { stores: [behind.store], namespaces: [namespace] });
  operator = await behind.operator();
  await untilFinalizersAdded(bed.api, namespace, { kind: 'ClusterObjectStore', name: behind.store.name });
});
afterAll(async () => {
  await crowd.end();
  await behind.close();
});

const spec: Partial<Omit<AccessKeySpec, 'storeRef'>> = limitedKey({
  photos: 'read_write',
  logs: 'read_only',
});

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}

/**
 * CPU time that a process has used so far, in ms (proc_pid_stat(5): utime and stime, in ticks of 10 ms); 0 without
 * /proc.
 */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
}

interface Measured {
  /** The number of requests about keys, by kind. */
  readonly requests: Record<string, number>;
  /** The number of requests of the store's own reconcile, which runs every few seconds while keys come or go. */
  readonly ofNoKey: number;
  readonly seconds: number;
}

/** Does it, waits until it is quiet, and prints what it cost for each key. */
async function measured(what: string, work: () => Promise<void>): Promise<Measured> {
  const pids = [operator.pid, bed.minio.pid];
  const [stepsBefore, allBefore] = [behind.steps.length, requestCount()];
  const cpuBefore = await Promise.all(pids.map(cpuMs));
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  await behind.quiet();
  const cpu = await Promise.all(pids.map(cpuMs));
  const [ofOperator = '', ofMinio = ''] = cpu.map((ms, i) => ((ms - (cpuBefore[i] ?? 0)) / KEYS).toFixed(1));
  const requests = tally(behind.steps.slice(stepsBefore));
  console.log(
    `${what}: ${KEYS} keys in ${seconds.toFixed(1)} s, ${(KEYS / seconds).toFixed(0)} per second; ` +
      `CPU per key: operator ${ofOperator} ms, MinIO ${ofMinio} ms; ${JSON.stringify(requests)}`,
  );
  const ofNoKey = requestCount() - allBefore - sum(requests);
  console.log(`${what}: ${ofNoKey} requests that belong to no key`);
  return { requests, ofNoKey, seconds };
}

/** Events leave the way of a key: they are sent beside it. */
function requestCount(): number {
  const count = (requests: readonly { path: string }[]) =>
    requests.filter(({ path }) => !path.includes('/events')).length;
  return count(behind.api.requests) + count(behind.s3.requests);
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);

/** Those that were applied at once. */
async function list(): Promise<KubeObject[]> {
  const keys = await bed.api.list({ apiVersion: API_VERSION, kind: 'AccessKey', namespace });
  return keys.filter(({ metadata }) => metadata.name.startsWith('key-'));
}

function isReady({ metadata, status }: KubeObject): boolean {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  return condition?.status === 'True' && status?.['observedGeneration'] === metadata.generation;
}

/** Asks without a pause, for a time that is true to a few ms. */
async function seen(
  ref: NamespacedRef,
  condition: (object: KubeObject | undefined) => boolean,
): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition(await bed.api.get(ref)))
    if (performance.now() > deadline) throw new Error(`${ref.metadata.name} takes too long`);
}

const readyNow = (object: KubeObject | undefined) => object !== undefined && isReady(object);

/**
 * Does it with one key after the other, and prints how long each took. @returns every sequence of requests that
 * occurred
 */
async function sample(
  what: string,
  samples: readonly NamespacedRef[],
  work: (ref: NamespacedRef) => Promise<unknown>,
) {
  const times: number[] = [];
  const sequences = new Set<string>();
  for (const ref of samples) {
    const from = behind.steps.length;
    const startedAt = performance.now();
    await work(ref);
    times.push(performance.now() - startedAt);
    await behind.quiet();
    sequences.add(JSON.stringify(behind.steps.slice(from)));
  }
  const sorted = times.map(Math.round).sort((a, b) => a - b);
  console.log(`${what}: ms ${sorted.join(' ')}`);
  return [...sequences].map((steps): string[] => JSON.parse(steps));
}

test('a single key takes the documented requests in their order', async () => {
  const samples: NamespacedRef[] = [];
  const names = Array.from({ length: 10 }, (_, n) => `alone-${n}`);
  for (const name of names)
    samples.push({ apiVersion: API_VERSION, kind: 'AccessKey', metadata: { namespace, name } });
  const created = await sample('from apply to Ready', samples, async (ref) => {
    await crowd.accessKey(namespace, behind.store, spec, ref.metadata.name);
    await seen(ref, readyNow);
  });
  expect(created).toEqual([
    [
      // The chart's policy has put the finalizer on.
      `api ${addsFinalizers ? 'GET' : 'PATCH'} accesskeys`,
      'api GET secrets',
      's3 GET info-canned-policy',
      's3 PUT add-canned-policy',
      's3 PUT add-user',
      's3 PUT set-user-or-group-policy',
      's3 GET user-info',
      'api POST secrets',
      'api PATCH accesskeys/status',
    ],
  ]);
  const edited = await sample('from edit to Ready', samples, async (ref) => {
    await edit(bed, ref, { bucketAccess: [{ bucketName: 'photos', permissions: 'read_only' }] });
    await seen(ref, readyNow);
  });
  expect(edited).toEqual([
    [
      'api GET accesskeys',
      'api GET secrets',
      's3 GET info-canned-policy',
      's3 GET user-info',
      's3 PUT add-canned-policy',
      'api PATCH accesskeys/status',
    ],
  ]);
  await sample('from delete to gone', samples, async (ref) => {
    await bed.api.delete(ref);
    await seen(ref, (object) => object === undefined);
  });
});

test(`${KEYS} keys at once take 2 writes and 2 reads of the API server and 5 requests to the store each`, async () => {
  const names = Array.from({ length: KEYS }, (_, n) => `key-${n}`);
  const { requests, ofNoKey, seconds } = await measured('created', async () => {
    await inParallel(names, async (name) => {
      refs.push(await crowd.accessKey(namespace, behind.store, spec, name));
    });
    await expect.poll(async () => (await list()).filter(isReady).length, EVERY_SECOND).toBe(KEYS);
  });
  expect(requests).toEqual({
    [`api ${addsFinalizers ? 'GET' : 'PATCH'} accesskeys`]: KEYS,
    'api GET secrets': KEYS,
    's3 GET info-canned-policy': KEYS,
    's3 PUT add-canned-policy': KEYS,
    's3 PUT add-user': KEYS,
    's3 PUT set-user-or-group-policy': KEYS,
    's3 GET user-info': KEYS,
    'api POST secrets': KEYS,
    'api PATCH accesskeys/status': KEYS,
  });
  expect(ofNoKey).toBeLessThan(20 + seconds);
}, 300_000);

test('every pair worked the moment it could be seen', async () => {
  const ids = (await list()).map(({ status }) => String(status?.['accessKeyId']));
  expect(new Set(ids).size).toBe(KEYS);
  for (const id of ids) expect(await watcher.used(id)).toBe('ok');
  await rules.hold({ timeoutMs: 60_000 });
  await watcher.stop();
  expect(new Set(watcher.outcomes.values())).toEqual(new Set(['ok']));
});

test(`${KEYS} keys deleted at once leave nothing`, async () => {
  const { ofNoKey, seconds } = await measured('deleted', async () => {
    await inParallel(refs, (ref) => bed.api.delete(ref));
    await expect.poll(async () => (await list()).length, EVERY_SECOND).toBe(0);
  });
  expect(ofNoKey).toBeLessThan(20 + seconds);
  const secrets = await bed.api.list({ apiVersion: 'v1', kind: 'Secret', namespace });
  expect(secrets.map(({ metadata }) => metadata.name)).toEqual([]);
  const policies = new Set(refs.map((ref) => policyOf(cluster, ref)));
  const tags = new Set([...policies].map(accessKeyTag));
  const users = [...(await behind.store.admin.listUsers()).values()];
  const left = users.filter(
    (user) => tags.has(tagOf(user.accessKeyId) ?? '') || user.policies.some((name) => policies.has(name)),
  );
  expect(left).toEqual([]);
  await inParallel([...policies], async (name) => {
    expect(await behind.store.admin.getPolicy(name)).toBeUndefined();
  });
  await rules.hold();
}, 300_000);
