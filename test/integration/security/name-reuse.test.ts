/** A name used again inherits nothing (rule 2), as the holders of the old pair and of the new one see it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Operator } from '../../bed/operator.ts';
import {
  accessKeyRef,
  edit,
  fixtures,
  makeBucket,
  type NamespacedRef,
  namespaceRef,
  policyOf,
  readHello,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  secretOf,
  type TestStore,
  usersOf,
} from '../support/fixtures.ts';

const reuse = await fixtures('reuse');
const { bed, cluster } = reuse;
afterAll(reuse.end);

let store: TestStore;
let operator: Operator;
/** The bucket that the first team may read, and that of the second. */
const buckets = { first: '', second: '' };

beforeAll(async () => {
  const grants = [{ namespaces: { all: true }, buckets: ['*'], allowRetain: true }];
  store = await reuse.store({ grants });
  operator = await reuse.operator();
  buckets.first = await makeBucket(store, 'reuse-first');
  buckets.second = await makeBucket(store, 'reuse-second');
});

async function issue(team: keyof typeof buckets, ref: NamespacedRef, more = {}) {
  const bucketAccess = [{ bucketName: buckets[team], permissions: 'read_only' as const }];
  await reuse.accessKey(
    ref.metadata.namespace,
    store,
    { limited: true, bucketAccess, ...more },
    ref.metadata.name,
  );
  await ready(bed, ref);
  return readPair(bed, secretOf(ref));
}

/** Returns the outcome of reading the first team's bucket and the second one's with a pair. */
async function reach(pair: Pair): Promise<string[]> {
  const s3 = s3Client(store.minio, pair);
  return [await s3Outcome(readHello(s3, buckets.first)), await s3Outcome(readHello(s3, buckets.second))];
}

const ALIVE = ['ok', 'AccessDenied'];
const DEAD = ['InvalidAccessKeyId', 'InvalidAccessKeyId'];

async function remove(ref: NamespacedRef): Promise<void> {
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
}

/** The ways in which the first team leaves something behind under a name. */
const ENDS: Readonly<Record<string, (namespace: string, ref: NamespacedRef) => Promise<unknown>>> = {
  'was retained and whose Secret was removed': async (_, ref) => {
    await edit(bed, ref, { deletionPolicy: 'Retain' });
    await ready(bed, ref);
    await remove(ref);
    await remove(secretOf(ref));
  },
  'lost its finalizer by force while no operator ran': async (_, ref) => {
    await operator.kill();
    await bed.api.patch(ref, { metadata: { finalizers: null } });
    await remove(ref);
    await bed.api.waitGone(secretOf(ref));
    operator = await reuse.operator();
  },
  'was retained in a namespace that was deleted and made anew': async (namespace, ref) => {
    await edit(bed, ref, { deletionPolicy: 'Retain' });
    await ready(bed, ref);
    await bed.api.delete(namespaceRef(namespace));
    await bed.api.waitGone(namespaceRef(namespace), { timeoutMs: 60_000 });
    await bed.api.create({ ...namespaceRef(namespace) });
  },
};

test.each(Object.entries(ENDS))(
  'the name of a key that %s: the old pair ends, and gains nothing',
  async (_, end) => {
    const namespace = await reuse.namespace();
    const ref = accessKeyRef(namespace, 'uploader');
    const old = await issue('first', ref);
    expect(await reach(old)).toEqual(ALIVE);
    await end(namespace, ref);
    // It lives on: nobody revoked it.
    expect(await reach(old)).toEqual(ALIVE);
    const pair = await issue('second', ref);
    expect(pair.accessKeyId).not.toBe(old.accessKeyId);
    expect(await reach(old)).toEqual(DEAD);
    expect(await reach(pair)).toEqual(['AccessDenied', 'ok']);
    expect((await usersOf(store, cluster, ref)).map((user) => user.accessKeyId)).toEqual([pair.accessKeyId]);
    await remove(ref);
    expect(await store.admin.getPolicy(policyOf(cluster, ref))).toBeUndefined();
    expect(await reach(pair)).toEqual(DEAD);
  },
);

test('the name of a key that lives in another namespace: neither sees the other', async () => {
  const [mine, theirs] = [await reuse.namespace(), await reuse.namespace()].map((namespace) =>
    accessKeyRef(namespace, 'uploader'),
  );
  if (!mine || !theirs) throw new Error('two namespaces were made');
  const first = await issue('first', mine);
  const second = await issue('second', theirs);
  expect(await reach(first)).toEqual(ALIVE);
  expect(await reach(second)).toEqual(['AccessDenied', 'ok']);
  await remove(theirs);
  expect(await reach(first)).toEqual(ALIVE);
  expect(await reach(second)).toEqual(DEAD);
});
