/** A key that outlives its AccessKey (deletionPolicy: Retain) does so by the grants as they are, for as long as they say so. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policyDigest } from '../../../src/provider/documents/canonical.ts';
import type { PolicyDocument } from '../../../src/provider/documents/statement.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import {
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
} from '../support/fixtures.ts';
import { sweeper } from '../support/sweeper.ts';

const kept = await fixtures('kept');
const { bed } = kept;
afterAll(kept.end);

const HOUR = 3_600_000;
let store: TestStore;
let bucket = '';
let namespace = '';

beforeAll(async () => {
  // Of its own: all of its users are counted.
  store = await kept.store({ minio: await bed.startMinio() });
  bucket = await makeBucket(store, 'kept');
  await grant();
  await kept.operator();
  namespace = await kept.namespace();
});

const KEEPING = () => ({ namespaces: { all: true }, buckets: [bucket], allowRetain: true });
const grant = (more: object = {}) =>
  bed.api.patch(store.ref, { spec: { grants: [{ ...KEEPING(), ...more }] } });

interface RetainedKey {
  readonly ref: NamespacedRef;
  readonly pair: Pair;
}

/** A key that has outlived its AccessKey. */
async function keep(where = namespace): Promise<RetainedKey> {
  const bucketAccess = [{ bucketName: bucket, permissions: 'read_only' as const }];
  const ref = await kept.accessKey(where, store, { limited: true, bucketAccess, deletionPolicy: 'Retain' });
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  return { ref, pair };
}

const use = ({ pair }: RetainedKey) => s3Outcome(readHello(s3Client(store.minio, pair), bucket));
const forget = ({ pair }: RetainedKey) => store.admin.removeUser(pair.accessKeyId);

test('a kept key is counted, and stays in force while the grants allow it', async () => {
  const key = await keep();
  const judge = await sweeper(kept, store);
  for (const _ of [1, 2, 3]) {
    expect(await judge.sweep()).toEqual({ orphanedUsers: 0, retainedUsers: 1 });
    judge.later(HOUR);
  }
  expect(await use(key)).toBe('ok');
  // The same by the operator itself, which sweeps at its start.
  await kept.restart();
  await bed.api.waitFor(store.ref, 'counted', (object) => object?.status?.['retainedUsers'] === 1);
  expect((await bed.api.get(store.ref))?.status?.['orphanedUsers']).toBe(0);
  await forget(key);
  expect(await judge.sweep()).toEqual({ orphanedUsers: 0, retainedUsers: 0 });
  await judge.close();
});

test('a kept key with the policy of an earlier version gets the denials of today, and no more access', async () => {
  const key = await keep();
  const name = policyOf(kept.cluster, key.ref);
  const today = await store.admin.getPolicy(name);
  const statements = (today?.document['Statement'] ?? []) as { Sid?: string }[];
  const earlier = [
    ...statements.filter(({ Sid }) => Sid !== 'NoTraversal' && Sid !== 'NoWiping'),
    {
      Sid: 'CreateBuckets',
      Effect: 'Allow',
      Action: ['s3:CreateBucket'],
      Resource: [`arn:aws:s3:::${bucket}-*`],
    },
  ];
  await store.admin.putPolicy(name, {
    ...today?.document,
    ID: today?.id,
    Statement: earlier,
  } as unknown as PolicyDocument);
  const judge = await sweeper(kept, store);
  expect(await judge.sweep()).toEqual({ orphanedUsers: 0, retainedUsers: 1 });
  const renewed = await store.admin.getPolicy(name);
  expect(renewed && policyDigest(renewed.document)).toBe(today && policyDigest(today.document));
  expect(await use(key)).toBe('ok');
  await forget(key);
  await judge.close();
});

test.each<[string, object]>([
  ['allowRetain was withdrawn', { allowRetain: false }],
  ['its bucket was withdrawn', { buckets: ['another'] }],
  ['no grant names its namespace', { namespaces: { names: ['another'] } }],
])('a kept key is disabled after an hour: %s', async (_, change) => {
  const key = await keep();
  const judge = await sweeper(kept, store);
  expect(await judge.sweep()).toEqual({ orphanedUsers: 0, retainedUsers: 1 });
  await grant(change);
  expect(await judge.sweep()).toEqual({ orphanedUsers: 1, retainedUsers: 0 });
  judge.later(HOUR - 1_000);
  await judge.sweep();
  expect(await use(key)).toBe('ok');
  judge.later(2_000);
  await judge.sweep();
  expect(await use(key)).toBe('InvalidAccessKeyId');
  expect((await store.admin.getUser(key.pair.accessKeyId))?.enabled).toBe(false);
  await grant();
  expect(await judge.sweep()).toEqual({ orphanedUsers: 0, retainedUsers: 1 });
  await forget(key);
  await judge.close();
});

test('a kept key stays in force if a withdrawal is taken back within the hour', async () => {
  const key = await keep();
  const judge = await sweeper(kept, store);
  await grant({ allowRetain: false });
  expect(await judge.sweep()).toMatchObject({ orphanedUsers: 1 });
  await grant();
  judge.later(2 * HOUR);
  expect(await judge.sweep()).toMatchObject({ orphanedUsers: 0 });
  await grant({ allowRetain: false });
  await judge.sweep();
  expect(await use(key)).toBe('ok');
  await grant();
  await forget(key);
  await judge.close();
});

test('a kept key whose namespace is gone is disabled after an hour', async () => {
  const going = await kept.namespace('going');
  const key = await keep(going);
  await bed.api.delete(namespaceRef(going));
  await bed.api.waitGone(namespaceRef(going), { timeoutMs: 60_000 });
  const judge = await sweeper(kept, store);
  expect(await judge.sweep()).toEqual({ orphanedUsers: 1, retainedUsers: 0 });
  judge.later(2 * HOUR);
  await judge.sweep();
  expect(await use(key)).toBe('InvalidAccessKeyId');
  await forget(key);
  await judge.close();
});

test('a kept key is disabled if its namespace was made anew: the new one keeps nothing of the old one', async () => {
  const key = await keep();
  const judge = await sweeper(kept, store);
  judge.later(HOUR);
  judge.remake(namespace);
  expect(await judge.sweep()).toEqual({ orphanedUsers: 1, retainedUsers: 0 });
  judge.later(2 * HOUR);
  await judge.sweep();
  expect(await use(key)).toBe('InvalidAccessKeyId');
  await forget(key);
  await judge.close();
});

test('a pair never gets older than maxAge by being kept', async () => {
  const key = await keep();
  await grant({ maxAge: '24h' });
  const judge = await sweeper(kept, store);
  judge.later(23 * HOUR);
  expect(await judge.sweep()).toEqual({ orphanedUsers: 0, retainedUsers: 1 });
  judge.later(2 * HOUR);
  expect(await judge.sweep()).toEqual({ orphanedUsers: 1, retainedUsers: 0 });
  judge.later(2 * HOUR);
  await judge.sweep();
  expect(await use(key)).toBe('InvalidAccessKeyId');
  await grant();
  await forget(key);
  await judge.close();
});

test('a name that is used again for a store without credentials, at the same endpoint, hides no orphan', async () => {
  const bucketAccess = [{ bucketName: bucket, permissions: 'read_only' as const }];
  const ref = await kept.accessKey(namespace, store, { limited: true, bucketAccess });
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  const fake = await kept.store({ minio: store.minio, credentials: null, namespace });
  await kept.restart({ args: ['--namespaced-store-endpoints=*'] }).then((operator) => operator.kill());
  await bed.api.patch(ref, { metadata: { finalizers: null } });
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  await kept.accessKey(namespace, fake, { limited: true }, ref.metadata.name);
  const judge = await sweeper(kept, store);
  expect(await judge.sweep()).toEqual({ orphanedUsers: 1, retainedUsers: 0 });
  judge.later(2 * HOUR);
  await judge.sweep();
  expect(await use({ ref, pair })).toBe('InvalidAccessKeyId');
  await judge.close();
  // For the end of the file, which deletes the keys.
  await kept.operator();
});
