/** A store that is far away and full of what earlier tries and earlier keys left: no key waits for that, and it gets less with each pass. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeMark } from '../../../src/ownership/mark.ts';
import { newPair } from '../../../src/ownership/new-pair.ts';
import { createMinioStore } from '../../../src/provider/minio/admin.ts';
import { eachLimited } from '../../../src/runtime/each-limited.ts';
import { type FaultProxy, startProxy } from '../../bed/proxy.ts';
import {
  accessKeyRef,
  fixtures,
  makeBucket,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  secretOf,
  type TestStore,
  until,
  usersOf,
} from '../support/fixtures.ts';
import { sweeper } from '../support/sweeper.ts';

/**
 * One after the other would take more than the minute that a pass has. Twice the distance proves it with half of the
 * requests.
 */
const LEFT = 150;
const ORPHANS = 165;
const AWAY_MS = 450;
const HOUR_MS = 3_600_000;

const far = await fixtures('far-leftovers');
const { bed, cluster } = far;
let proxy: FaultProxy;
let store: TestStore;
let namespace: string;
let bucket: string;

beforeAll(async () => {
  const minio = await bed.startMinio();
  proxy = await startProxy(minio.endpoint);
  store = await far.store({ minio, endpoint: proxy.url });
  namespace = await far.namespace();
  bucket = await makeBucket({ minio }, 'far');
});
afterAll(async () => {
  proxy.onRequest(undefined);
  await far.end();
  await proxy.close();
});

/** Moves the store that far away from the operator; the test's own client stays near. */
const move = (awayMs: number) =>
  proxy.onRequest(async () => {
    await sleep(awayMs);
    return undefined;
  });

/** Leaves users of a key behind, as tries whose publication failed do: every second one was attached. */
async function leaveUsers(ref: NamespacedRef, count: number, attachEvery = 2): Promise<void> {
  const policy = policyOf(cluster, ref);
  const made = Array.from({ length: count }, (_, n) => ({ pair: newPair(policy, randomBytes), n }));
  await eachLimited(made, 16, async ({ pair, n }) => {
    await store.admin.putUser(pair);
    if (n % attachEvery === 0) await store.admin.setUserPolicies(pair.accessKeyId, [policy]);
  });
}

/** Leaves the policy of a key that is gone. */
async function leavePolicy(ref: NamespacedRef, accessKeyUid: string): Promise<void> {
  await store.admin.putPolicy(policyOf(cluster, ref), {
    ID: encodeMark({ clusterUid: cluster.uid, accessKeyUid, flags: new Set(), label: 'gone' }),
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['s3:ListAllMyBuckets'], Resource: ['arn:aws:s3:::*'] }],
  });
}

/** Leaves a user and its policy for each of so many keys that are gone. */
async function leaveOrphans(count: number): Promise<void> {
  const orphans = Array.from({ length: count }, (_, n) => accessKeyRef(namespace, `gone-${n}`));
  await eachLimited(orphans, 16, async (ref) => {
    await leavePolicy(ref, `uid-of-${ref.metadata.name}`);
    await leaveUsers(ref, 1);
  });
}

async function timed<T>(act: () => Promise<T>): Promise<number> {
  const startedAt = performance.now();
  await act();
  return performance.now() - startedAt;
}

describe(`${LEFT} users of one key are left`, () => {
  let ref: NamespacedRef;

  beforeAll(async () => {
    await far.operator();
    ref = await far.accessKey(namespace, store, { limited: true });
    await ready(bed, ref);
    await leaveUsers(ref, LEFT);
    move(AWAY_MS);
    await far.restart();
  }, 120_000);

  test('an edit is in force and in the status within seconds, and deletions need no other resync', async () => {
    await bed.api.patch(ref, { spec: { bucketAccess: [{ bucketName: bucket, permissions: 'read_only' }] } });
    const took = await timed(() => ready(bed, ref));
    console.log(`ready after an edit in ${Math.round(took)} ms`);
    const allGone = await timed(() =>
      until('one user', async () => (await usersOf(store, cluster, ref)).length === 1, 60_000),
    );
    console.log(`leftovers gone ${Math.round(allGone)} ms later`);
  }, 120_000);

  test('a deletion ends the pair within seconds, and all others in the same minute', async () => {
    const pair = await readPair(bed, secretOf(ref));
    move(0);
    await leaveUsers(ref, LEFT);
    move(AWAY_MS);
    await far.restart();
    await bed.api.delete(ref);
    const took = await timed(() =>
      until('refused', async () => (await store.admin.probe(pair)).kind === 'unknown', 10_000),
    );
    console.log(`pair ended in ${Math.round(took)} ms`);
    const gone = await timed(() => bed.api.waitGone(ref, { timeoutMs: 60_000 }));
    console.log(`gone in ${Math.round(gone)} ms`);
    expect(await usersOf(store, cluster, ref)).toEqual([]);
  }, 120_000);

  test('a key of the same name inherits none of them, and is Ready in the same minute', async () => {
    move(0);
    await leavePolicy(ref, 'the-key-before');
    await leaveUsers(ref, LEFT, 1);
    move(AWAY_MS);
    await bed.api.create({ ...ref, spec: { storeRef: { name: store.name }, limited: true } });
    const took = await timed(() => ready(bed, ref, { timeoutMs: 60_000 }));
    console.log(`ready in spite of the inherited ones in ${Math.round(took)} ms`);
  }, 150_000);
});

describe(`${ORPHANS} orphans are left`, () => {
  beforeAll(async () => {
    move(0);
    await leaveOrphans(ORPHANS);
    move(AWAY_MS);
    await far.restart();
  }, 120_000);

  test('a first key is Ready within seconds while they are read, and all are counted within a minute', async () => {
    const ref = await far.accessKey(namespace, store, { limited: true });
    const took = await timed(() => ready(bed, ref));
    console.log(`first key ready in ${Math.round(took)} ms`);
    const counted = await timed(() =>
      bed.api.waitFor(store.ref, 'counted', (object) => object?.status?.['orphanedUsers'] === ORPHANS, {
        timeoutMs: 90_000,
      }),
    );
    console.log(`counted in ${Math.round(counted)} ms`);
  }, 150_000);

  test('a sweep an hour later disables all of them before its time is over', async () => {
    const { rootUser: accessKeyId, rootPassword: secretAccessKey } = store.minio;
    const credentials = { accessKeyId, secretAccessKey };
    const admin = createMinioStore({ endpoint: proxy.url, credentials });
    const sweeping = await sweeper(far, { ...store, admin });
    await sweeping.sweep();
    sweeping.later(HOUR_MS);
    const took = await timed(() => sweeping.sweep());
    console.log(`disabled in ${Math.round(took)} ms`);
    await sweeping.close();
    await admin.close();
    const users = [...(await store.admin.listUsers()).values()];
    expect(users.filter(({ enabled }) => !enabled)).toHaveLength(ORPHANS);
    // Half of what the operator gives a sweep.
    expect(took).toBeLessThan(90_000);
  }, 300_000);
});
