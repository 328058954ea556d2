/** Two and three replicas: one leads, and whatever happens to it, another one goes on and nothing is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FaultProxy, startProxy } from '../../bed/proxy.ts';
import {
  allUsers,
  fixtures,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  samePair,
  secretOf,
  storeReady,
  type TestStore,
  until,
  usersIn,
} from '../support/fixtures.ts';
import { LEASE, type Replica, type Replicas, replicasOf } from '../support/replicas.ts';

const several = await fixtures('replicas', { addsFinalizers: true });
const { bed, cluster } = several;
let s3: FaultProxy;
let store: TestStore;
let namespace: string;
let replicas: Replicas;
/** With a lease that is longer than the test. */
let patient: Replicas | undefined;
/** All that were made, to be looked at again at the end. */
const refs: NamespacedRef[] = [];

beforeAll(async () => {
  s3 = await startProxy(bed.minio.endpoint);
  [store, namespace, replicas] = await Promise.all([
    several.store({ endpoint: s3.url }),
    several.namespace(),
    replicasOf(several),
  ]);
});
afterAll(async () => {
  await several.end();
  await Promise.all([replicas.close(), patient?.close(), s3.close()]);
});

async function makeKey(): Promise<NamespacedRef> {
  const bucketAccess = [{ bucketName: 'photos', permissions: 'read_write' as const }];
  const ref = await several.accessKey(namespace, store, { limited: true, bucketAccess });
  refs.push(ref);
  return ref;
}

async function makeReady(): Promise<NamespacedRef> {
  const ref = await makeKey();
  await ready(bed, ref);
  return ref;
}

const writes = ({ api }: Replica) =>
  api.requests.filter(({ method, path }) => method !== 'GET' && !path.includes('/leases'));

/** The looks at the Lease in its duration, the one that finds it free, and one that was under way. */
const MAX_LOOKS = LEASE.leaseMs / (LEASE.periodMs / 2) + 2;

/** The length of a fail-over. Looks are the measure that a busy machine doesn't change. */
interface FailOver {
  readonly next: Replica;
  /** The time from its cause until another one leads. */
  readonly ms: number;
  /** The looks of the next leader at the Lease since the cause, until it claimed it. */
  readonly looks: number;
}

async function failOver(
  cause: () => Promise<unknown>,
  leader: Replica,
  among: Replicas = replicas,
): Promise<FailOver> {
  const startedAt = performance.now();
  await cause();
  const from = new Map(among.all.map((replica) => [replica, replica.api.requests.length]));
  const next = await among.leader(leader);
  const ms = performance.now() - startedAt;
  const requests = next.api.requests.slice(from.get(next)).filter(({ path }) => path.includes('/leases'));
  return { next, ms, looks: requests.findIndex(({ method }) => method !== 'GET') };
}

test('one replica leads and works; the other one fills its caches and writes nothing, not even the Lease', async () => {
  const first = await replicas.start();
  expect(await replicas.leader()).toBe(first);
  const second = await replicas.start();
  for (let i = 0; i < 3; i++) await makeReady();
  await sleep(1_000);
  expect(await replicas.holder()).toBe(first.name);
  expect(writes(first).length).toBeGreaterThan(8);
  expect(second.api.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  const watched = second.api.requests.filter(({ path }) => path.includes('watch=true'));
  expect(watched.map(({ path }) => /\/(\w+)\?/.exec(path)?.[1]).sort()).toEqual([
    'accesskeys',
    'clusterobjectstores',
    'namespaces',
    'objectstores',
    'secrets',
  ]);
});

test('another replica leads at its next look at the Lease after a clean stop', async () => {
  const leader = await replicas.leader();
  const { next, ms, looks } = await failOver(() => leader.operator.kill(), leader);
  console.log(`fail-over after a clean stop: ${Math.round(ms)} ms, ${looks} looks`);
  expect(looks).toBeLessThanOrEqual(2);
  expect(await leader.operator.exited).toEqual({ code: 0, signal: null });
  await makeReady();
  expect(writes(next).length).toBeGreaterThan(0);
  await replicas.start();
});

test('another replica leads after a SIGKILL once it has looked at the Lease for its duration', async () => {
  const leader = await replicas.leader();
  const { ms, looks } = await failOver(() => leader.operator.kill('SIGKILL'), leader);
  console.log(
    `fail-over after SIGKILL: ${Math.round(ms)} ms, ${looks} looks, the lease is ${LEASE.leaseMs} ms`,
  );
  expect(looks).toBeLessThanOrEqual(MAX_LOOKS);
  await makeReady();
  await replicas.start();
});

test('a leader that was frozen for longer than the lease exits when it wakes up, and writes nothing', async () => {
  const frozen = await replicas.leader();
  const pair = await readPair(bed, secretOf(await makeReady()));
  const { next, looks } = await failOver(() => frozen.operator.pause(), frozen);
  expect(looks).toBeLessThanOrEqual(MAX_LOOKS);
  const ref = await makeReady();
  const before = writes(frozen).length;
  await frozen.operator.resume();
  expect(await frozen.operator.exited).toEqual({ code: 1, signal: null });
  expect(writes(frozen)).toHaveLength(before);
  expect(await replicas.holder()).toBe(next.name);
  const [first] = refs.slice(-2);
  expect(samePair(await readPair(bed, secretOf(first ?? ref)), pair)).toBe(true);
});

test('a leader that is cut off from the API server exits before another one leads, which continues its work', async () => {
  const cut = await replicas.leader();
  const third = await replicas.start();
  await replicas.start();
  const cutAt = performance.now();
  await cut.api.down();
  const ref = await makeKey();
  expect(await cut.operator.exited).toEqual({ code: 1, signal: null });
  const endedAfter = performance.now() - cutAt;
  // Nobody else until then: the Lease names who was cut off.
  expect(await replicas.holder()).toBe(cut.name);
  await replicas.leader(cut);
  await ready(bed, ref);
  console.log(`cut off from the API server: ended after ${Math.round(endedAfter)} ms`);
  expect(third.operator.lines.some(({ msg }) => msg === 'reconcile failed and will be retried')).toBe(false);
});

test('a leader that is cut off only from the store stays the leader; its keys wait, and nothing is lost', async () => {
  const leader = await replicas.leader();
  const kept = await makeReady();
  const pair = await readPair(bed, secretOf(kept));
  await s3.down();
  const ref = await makeKey();
  await reason(bed, ref, 'StoreUnreachable');
  await sleep(LEASE.leaseMs + 1_000);
  expect(await replicas.holder()).toBe(leader.name);
  expect((await ready(bed, kept)).status.accessKeyId).toBe(pair.accessKeyId);
  await s3.up();
  await ready(bed, ref);
  await storeReady(bed, store.ref);
  expect(await replicas.holder()).toBe(leader.name);
  expect(samePair(await readPair(bed, secretOf(kept)), pair)).toBe(true);
});

test('another replica finishes what the first one has begun', async () => {
  const leader = await replicas.leader();
  s3.onRequest(async () => {
    await sleep(30);
    return undefined;
  });
  const made = await Promise.all(Array.from({ length: 24 }, makeKey));
  await until('one published', async () => {
    const secrets = await Promise.all(made.map((ref) => bed.api.get(secretOf(ref))));
    return secrets.some((secret) => secret !== undefined);
  });
  await failOver(() => leader.operator.kill('SIGKILL'), leader);
  s3.onRequest(undefined);
  await Promise.all(made.map((ref) => ready(bed, ref)));
});

test('each key has one user, one policy and a pair that works in the end', async () => {
  const leader = await replicas.leader();
  // Who leads from the beginning has swept the store.
  await replicas.start();
  await leader.operator.kill();
  await replicas.leader(leader);
  const pairs = await Promise.all(
    refs.map(async (ref) => {
      const { status } = await ready(bed, ref);
      const pair = await readPair(bed, secretOf(ref));
      expect(pair.accessKeyId).toBe(status.accessKeyId);
      expect(await store.admin.probe(pair)).toMatchObject({ kind: 'works' });
      expect(await store.admin.getPolicy(policyOf(cluster, ref))).toBeDefined();
      return pair;
    }),
  );
  await expect
    .poll(
      async () => {
        const users = [...(await allUsers(store)).values()];
        return refs.map((ref) => usersIn(users, cluster, ref).map(({ accessKeyId }) => accessKeyId));
      },
      { timeout: 15_000, interval: 250 },
    )
    .toEqual(pairs.map(({ accessKeyId }) => [accessKeyId]));
});

test('a replica that is killed and comes back under its name takes up its Lease at once, however long it still runs', async () => {
  await Promise.all(replicas.all.map(({ operator }) => operator.kill()));
  patient = await replicasOf(several, { leaseMs: 600_000 });
  const leader = await patient.start();
  await patient.leader();
  const other = await patient.start();
  const { leaseTransitions } = (await bed.api.get(patient.lease))?.spec ?? {};
  await leader.operator.kill('SIGKILL');
  await patient.start(leader.name);
  expect((await patient.leader(leader)).name).toBe(leader.name);
  expect((await bed.api.get(patient.lease))?.spec?.['leaseTransitions']).toBe(leaseTransitions);
  expect(other.operator.lines.some(({ msg }) => msg === 'leading')).toBe(false);
  await makeReady();
});

test('another replica leads after a clean stop, however long the lease still runs', async () => {
  if (!patient) throw new Error('there are no replicas with a long lease');
  const leader = await patient.leader();
  const { looks } = await failOver(() => leader.operator.kill(), leader, patient);
  expect(looks).toBeLessThanOrEqual(2);
  await makeReady();
});
