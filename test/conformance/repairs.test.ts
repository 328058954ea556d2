/**
 * Changes that somebody made beside the operator are repaired; a repair never makes it worse, and leaves others'
 * objects alone.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeMark } from '../../src/ownership/mark.ts';
import { type Cluster, policyName } from '../../src/ownership/names.ts';
import { newPair } from '../../src/ownership/new-pair.ts';
import type { Policy } from '../../src/provider/policy.ts';
import type { Operator } from '../bed/operator.ts';
import {
  accessKeyRef,
  fixtures,
  type NamespacedRef,
  policyOf,
  readHello,
  readPair,
  ready,
  reason,
  s3Outcome,
  samePair,
  secretOf,
  storeRef,
  until,
} from '../integration/support/fixtures.ts';
import { sweeper } from '../integration/support/sweeper.ts';
import { IMPATIENT } from '../integration/support/timings.ts';
import { isWrite } from './requests.ts';
import { describeSuite, type Suite } from './suite.ts';

const HOUR_MS = 3_600_000;
const repairs = await fixtures('repairs', IMPATIENT);
const { bed, cluster } = repairs;
afterAll(repairs.end);
const start = () => repairs.operator({ args: ['--policy-check-interval=1s'] });
let operator: Operator;
beforeAll(async () => {
  operator = await start();
});

/** A policy, with the mark of that cluster, that lets a user read these buckets. */
function policyFor({ uid: clusterUid }: Cluster, ...buckets: readonly string[]): Policy {
  const mark = { clusterUid, accessKeyUid: crypto.randomUUID(), flags: new Set<never>(), label: 'theirs' };
  const entries = buckets.map((bucketName) => ({
    ...{ bucketName, permissions: 'read_only' as const, prefixes: [], settings: true },
  }));
  return {
    mark: encodeMark(mark),
    access: { kind: 'limited', entries },
    mayCreate: [],
    everyKeyMay: { listBuckets: true, createBuckets: false },
    extraActions: [],
  };
}

/** Makes a user with a policy of that name, as root. */
async function makeUser({ store }: Suite, policy: string, text: Policy) {
  const pair = await store.admin.putUser(newPair(policy, randomBytes), { policy });
  await store.admin.writePolicy(policy, text);
  await store.admin.attachPolicy(pair.accessKeyId, policy, text);
  return pair;
}

const GRANTS = [{ namespaces: { all: true }, buckets: ['*'], unrestricted: true, allowRetain: true }];

describeSuite(repairs, { grants: GRANTS }, (suite) => {
  test('a policy that somebody widened is narrow again', async () => {
    const { ref, s3, pair } = await suite.newKey();
    const policy = policyOf(cluster, ref);
    const wide = policyFor(cluster, suite.photos, suite.logs);
    await suite.store.admin.writePolicy(policy, wide);
    await suite.store.admin.attachPolicy(pair.accessKeyId, policy, wide);
    await until('narrow', async () => (await s3Outcome(readHello(s3, suite.logs))) === 'AccessDenied');
    await until('whole', async () => (await suite.read(pair)) === 'ok');
    await ready(bed, ref);
  });

  test('a user that somebody disabled stays disabled, and the key says so', async () => {
    const { ref, pair } = await suite.newKey();
    await suite.store.admin.setUserEnabled(pair.accessKeyId, false);
    await bed.api.patch(ref, { spec: { label: 'looked at' } });
    await reason(bed, ref, 'DisabledInStore');
    expect(await suite.read(pair)).not.toBe('ok');
    await suite.store.admin.setUserEnabled(pair.accessKeyId, true);
    await bed.api.patch(ref, { spec: { label: 'looked at again' } });
    await ready(bed, ref);
    expect(await suite.read(pair)).toBe('ok');
  });

  test('a process that dies before it wrote the status leaves the published pair as it is', async () => {
    const { ref, pair } = await suite.newKey();
    await operator.kill('SIGKILL');
    const status = [{ op: 'replace', path: '/status', value: { observedGeneration: -1 } }];
    await bed.api.patch(ref, status, { subresource: 'status' });
    operator = await start();
    expect((await ready(bed, ref)).status.accessKeyId).toBe(pair.accessKeyId);
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
    expect(await suite.usersOf(ref)).toHaveLength(1);
  });

  /** The ways in which an AccessKey goes while its user stays. */
  const ENDS: Readonly<Record<string, (ref: NamespacedRef) => Promise<void>>> = {
    'lost its finalizer while no operator ran': async (ref) => {
      await operator.kill('SIGKILL');
      await bed.api.patch(ref, { metadata: { finalizers: null } });
      await bed.api.delete(ref);
      await bed.api.waitGone(secretOf(ref));
      operator = await start();
    },
    'was retained, and whose Secret was removed': async (ref) => {
      await suite.edit(ref, { deletionPolicy: 'Retain' });
      await bed.api.delete(ref);
      await bed.api.waitGone(ref);
      await bed.api.delete(secretOf(ref));
    },
  };
  test.each(Object.entries(ENDS))('the name of a key that %s inherits nothing', async (_, end) => {
    const { ref, pair } = await suite.newKey();
    await end(ref);
    const bucketAccess = [{ bucketName: suite.logs, permissions: 'read_only' }];
    await bed.api.create({ ...ref, spec: { storeRef: { name: suite.name }, limited: true, bucketAccess } });
    await ready(bed, ref);
    const next = await readPair(bed, secretOf(ref));
    expect([await suite.read(next), await suite.read(next, suite.logs)]).toEqual(['AccessDenied', 'ok']);
    expect([await suite.read(pair), await suite.read(pair, suite.logs)]).not.toContain('ok');
    expect((await suite.usersOf(ref)).map(({ accessKeyId }) => accessKeyId)).toEqual([next.accessKeyId]);
  });

  test("another cluster's user of the same policy is never touched", async () => {
    const ref = accessKeyRef(suite.namespace, `taken-${crypto.randomUUID().slice(0, 8)}`);
    const other = { name: 'other', uid: crypto.randomUUID() };
    const theirs = await makeUser(suite, policyOf(cluster, ref), policyFor(other, suite.photos));
    await repairs.accessKey(
      suite.namespace,
      suite.name,
      { limited: true, bucketAccess: [] },
      ref.metadata.name,
    );
    const { message } = await reason(bed, ref, 'StoreConflict');
    expect(message).toContain(other.uid);
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    expect(await suite.read(theirs)).toBe('ok');
    await suite.store.admin.removeUser(theirs.accessKeyId);
  });

  test('an orphan is counted, disabled after an hour, and removed only if the store says Prune', async () => {
    const lost = policyName(cluster, suite.namespace, 'lost');
    const orphan = await makeUser(suite, lost, policyFor(cluster, suite.photos));
    const elsewhere = policyName({ name: 'other', uid: 'x' }, suite.namespace, 'lost');
    const other = await makeUser(suite, elsewhere, policyFor({ name: 'other', uid: 'x' }, suite.photos));
    const { name, store } = suite;
    const own = await sweeper(repairs, { ref: storeRef(name), name, admin: store.admin });
    try {
      expect(await own.sweep()).toMatchObject({ orphanedUsers: 1 });
      expect(await suite.read(orphan)).toBe('ok');
      own.later(HOUR_MS + 1_000);
      await own.sweep();
      expect(await suite.read(orphan)).not.toBe('ok');
      expect(await store.admin.getUser(orphan.accessKeyId)).toMatchObject({ enabled: false });
      await own.sweep({ orphans: 'Prune' });
      own.later(HOUR_MS + 1_000);
      await own.sweep({ orphans: 'Prune' });
      expect(await store.admin.getUser(orphan.accessKeyId)).toBeUndefined();
      expect(await suite.read(other)).toBe('ok');
    } finally {
      await own.close();
      await store.admin.removeUser(other.accessKeyId);
    }
  });

  /** Has the operator's `n`th write from now done only when it is asked for, after the operator has given it up. */
  function lateWrite(n: number) {
    const release = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const status = Promise.withResolvers<number>();
    let seen = 0;
    suite.proxy.onRequest((request) => {
      if (!isWrite(request)) return undefined;
      seen += 1;
      if (seen !== n) return undefined;
      held.resolve();
      return { do: 'late', until: release.promise, answered: status.resolve };
    });
    /** @param look happens once it is done, before the operator may do anything else */
    const deliver = async (look = async () => {}) => {
      const looked = Promise.withResolvers<undefined>();
      suite.proxy.onRequest(() => looked.promise);
      release.resolve();
      try {
        expect(await status.promise).toBeLessThan(500);
        await look();
      } finally {
        looked.resolve(undefined);
        suite.proxy.onRequest(undefined);
      }
    };
    return { held: held.promise, deliver };
  }

  test('a policy that comes late, wider than the one since, is narrow again soon', async () => {
    const { ref, pair, s3 } = await suite.newKey();
    const access = (...buckets: string[]) => ({
      bucketAccess: buckets.map((bucketName) => ({ bucketName, permissions: 'read_only' })),
    });
    const late = lateWrite(1);
    await bed.api.patch(ref, { spec: access(suite.photos, suite.logs) });
    await late.held;
    await suite.edit(ref, access(suite.photos));
    expect(await s3Outcome(readHello(s3, suite.logs))).toBe('AccessDenied');
    await late.deliver(async () => expect(await suite.read(pair, suite.logs)).toBe('ok'));
    await until('narrow again', async () => (await s3Outcome(readHello(s3, suite.logs))) === 'AccessDenied');
    expect(await suite.read(pair)).toBe('ok');
  });

  test.each([1, 2])('write %i of a creation that comes after the deletion leaves nothing', async (n) => {
    const late = lateWrite(n);
    const ref = await repairs.accessKey(suite.namespace, suite.name, { limited: true, bucketAccess: [] });
    await late.held;
    await bed.api.delete(ref);
    await late.deliver();
    await bed.api.waitGone(ref);
    expect(await suite.usersOf(ref)).toEqual([]);
    expect(await suite.store.admin.readPolicy(policyOf(cluster, ref))).toBeUndefined();
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
  });
});
