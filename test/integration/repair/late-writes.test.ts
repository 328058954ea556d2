/**
 * A write to the store that has no answer and is done long after, beside or behind what the operator did since: a
 * server that was frozen finds it in its buffers, a proxy before it may hold it.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policyDigest } from '../../../src/provider/documents/canonical.ts';
import {
  edit,
  expectRevoked,
  fixtures,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  secretOf,
  until,
  usersOf,
} from '../support/fixtures.ts';
import { type AdminCall, type DelayCall, delayCalls } from '../support/late-calls.ts';
import { type Proxied, proxied } from '../support/proxied.ts';
import { accessKeyRef } from '../support/refs.ts';
import { IMPATIENT } from '../support/timings.ts';

const lateWrites = await fixtures('late-writes', IMPATIENT);
const { bed, cluster } = lateWrites;
/** Within which the operator looks again, and more. */
const WITHIN_MS = 60_000;

let behind: Proxied;
let namespace = '';
let late: DelayCall;

beforeAll(async () => {
  behind = await proxied(lateWrites);
  namespace = await lateWrites.namespace();
  await behind.operator();
  late = delayCalls(behind.s3, cluster);
});
afterAll(async () => {
  await lateWrites.end();
  await behind.close();
});

const stored = (ref: NamespacedRef) => behind.store.admin.getPolicy(policyOf(cluster, ref));
const newRef = () => accessKeyRef(namespace, `late-${crypto.randomUUID().slice(0, 8)}`);
const bucketAccess = (permissions: string) => [{ bucketName: 'photos', permissions }];

async function digest(ref: NamespacedRef): Promise<string | undefined> {
  const policy = await stored(ref);
  return policy && policyDigest({ ...policy.document, ID: policy.id });
}

test.concurrent('a policy that comes late, wider than the one since, is in force for half a minute at most', async () => {
  const ref = await lateWrites.accessKey(namespace, behind.store, {
    bucketAccess: bucketAccess('read_only'),
  } as never);
  await ready(bed, ref);
  const wide = late(ref, 'add-canned-policy');
  await edit(bed, ref, { bucketAccess: bucketAccess('read_write') });
  await wide.held;
  await ready(bed, ref);
  await edit(bed, ref, { bucketAccess: bucketAccess('read_only') });
  const { status } = await ready(bed, ref);
  expect(await digest(ref)).toBe(status.policyDigest);
  expect(await wide.deliver()).toBe(200);
  expect(await digest(ref)).not.toBe(status.policyDigest);
  await until(
    'the narrow policy is back',
    async () => (await digest(ref)) === status.policyDigest,
    WITHIN_MS,
  );
});

test.concurrent.each<AdminCall>(['add-canned-policy', 'add-user'])(
  'a key that was deleted outlives its AccessKey in no part, though its %s comes late',
  async (call) => {
    const ref = newRef();
    const write = late(ref, call);
    await lateWrites.accessKey(namespace, behind.store, {}, ref.metadata.name);
    await write.held;
    await bed.api.delete(ref);
    await bed.api.waitFor(ref, 'Deleting', (object) =>
      object?.status?.conditions?.some(({ reason }) => reason === 'Deleting'),
    );
    expect(await bed.api.get(secretOf(ref))).toBeUndefined();
    expect(await write.deliver()).toBe(200);
    const left = [(await stored(ref)) !== undefined, (await usersOf(behind.store, cluster, ref)).length > 0];
    expect(left).toContain(true);
    await bed.api.waitGone(ref, { timeoutMs: WITHIN_MS });
    expect(await stored(ref)).toBeUndefined();
    expect(await usersOf(behind.store, cluster, ref)).toEqual([]);
  },
);

test.concurrent('a key that has expired is revoked at once, and whole, though a policy of before comes late', async () => {
  const ref = await lateWrites.accessKey(namespace, behind.store);
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  const write = late(ref, 'add-canned-policy');
  await edit(bed, ref, { bucketAccess: bucketAccess('read_write') });
  await write.held;
  await edit(bed, ref, { expiresAt: new Date(Date.now() - 1_000).toISOString() });
  await bed.api.waitFor(ref, 'Expired', (object) =>
    object?.status?.conditions?.some(({ reason }) => reason === 'Expired'),
  );
  await expectRevoked(behind.store, policyOf(cluster, ref), [pair.accessKeyId]);
  expect(await write.deliver()).toBe(200);
  expect(await stored(ref)).toBeDefined();
  await bed.api.waitFor(ref, 'let go', (object) => (object?.metadata.finalizers ?? []).length === 0, {
    timeoutMs: WITHIN_MS,
  });
  expect(await stored(ref)).toBeUndefined();
  expect(await usersOf(behind.store, cluster, ref)).toEqual([]);
});

test.concurrent('a key that lost its finalizer by force while it was made is revoked whole, though its user comes late', async () => {
  const ref = newRef();
  const write = late(ref, 'add-user');
  await lateWrites.accessKey(namespace, behind.store, {}, ref.metadata.name);
  await write.held;
  await bed.api.patch(ref, { metadata: { finalizers: null } });
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  await until('its policy is removed', async () => (await stored(ref)) === undefined);
  expect(await write.deliver()).toBe(200);
  await until(
    'its user is removed',
    async () => (await usersOf(behind.store, cluster, ref)).length === 0,
    WITHIN_MS,
  );
});
