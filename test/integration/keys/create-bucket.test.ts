/** create: true: the operator creates a key's bucket if it is missing, and doesn't change one that exists. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMinioStore } from '../../../src/provider/minio/admin.ts';
import { type FaultProxy, startProxy } from '../../bed/proxy.ts';
import { createSettledBucket, settingsOf } from '../support/bucket-settings.ts';
import {
  credentialsData,
  edit,
  eventReasons,
  fixtures,
  type NamespacedRef,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  secretOf,
  storeReady,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { newPair, untilStarted } from '../support/minio-server.ts';

const creating = await fixtures('creating');
const { bed } = creating;

const run = crypto.randomUUID().slice(0, 8);
const named = (name: string) => `own-${run}-${name}`;
const READABLE = `shop-${run}-`;
const grants = [
  { namespaces: { all: true }, buckets: [`own-${run}-*`] },
  { namespaces: { all: true }, buckets: [`${READABLE}*`], permissions: 'read_only' },
];
const rootPair = { accessKeyId: bed.minio.rootUser, secretAccessKey: bed.minio.rootPassword };
const root = s3Client(bed.minio, rootPair);
/** The user who signs the operator's calls in a store that gives it fewer rights. */
const user = newPair();
const policy = `creating-${run}`;

let namespace = '';
let proxy: FaultProxy;
let store: TestStore;

beforeAll(async () => {
  proxy = await startProxy(bed.minio.endpoint);
  namespace = await creating.namespace();
  store = await creating.store({ grants, endpoint: proxy.url });
  await creating.operator({ args: ['--policy-check-interval=1s'] });
  await storeReady(bed, store.ref);
});
afterAll(async () => {
  // The keys are revoked through the proxy, and by the user of the operator.
  await creating.end();
  await proxy?.close();
  const admin = createMinioStore({ endpoint: bed.minio.endpoint, credentials: rootPair });
  await admin.removeUser(user.accessKeyId);
  await admin.removePolicy(policy);
  await admin.close();
});

type Permissions = 'read_only' | 'read_write';
const entry = (bucketName: string, permissions: Permissions = 'read_write', create = true) => ({
  bucketName,
  permissions,
  ...(create && { create }),
});
const limited = (...bucketAccess: ReturnType<typeof entry>[]) => ({ limited: true, bucketAccess });
const s3Of = async (ref: NamespacedRef) => s3Client(bed.minio, await readPair(bed, secretOf(ref)));
const exists = (bucket: string) => root.bucketExists(bucket);
/** The requests about that bucket so far, as the store's proxy saw them. */
const asked = (bucket: string) =>
  proxy.requests.filter(({ path }) => path.startsWith(`/${bucket}`)).map(({ method }) => method);

describe('a bucket with create: true', () => {
  test('is there before the pair is, and the key can use it', async () => {
    const bucket = named('new');
    const ref = await creating.accessKey(namespace, store, limited(entry(bucket)));
    await ready(bed, ref);
    expect(await s3Outcome((await s3Of(ref)).putObject(bucket, 'a', 'a'))).toBe('ok');
    const calls = proxy.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
    expect(calls.indexOf(`PUT /${bucket}`)).toBeLessThan(calls.lastIndexOf('PUT /minio/admin/v3/add-user'));
    expect(asked(bucket).slice(0, 2)).toEqual(['GET', 'PUT']);
    const { uid } = (await bed.api.get(ref))?.metadata ?? {};
    await until('told', async () =>
      (await eventReasons(bed, uid ?? '', namespace)).includes('BucketCreated'),
    );
  });

  test('that exists is asked for and left alone', async () => {
    const bucket = named('settled');
    await createSettledBucket(bed.minio, bucket);
    const before = await settingsOf(bed.minio, bucket);
    const ref = await creating.accessKey(namespace, store, limited(entry(bucket)));
    await ready(bed, ref);
    expect(await settingsOf(bed.minio, bucket)).toEqual(before);
    expect(asked(bucket)).not.toContain('PUT');
  });

  test('that somebody creates between the question and the request keeps its settings', async () => {
    const bucket = named('race');
    await createSettledBucket(bed.minio, bucket);
    const before = await settingsOf(bed.minio, bucket);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => store.admin.createBucket(bucket)));
    expect(new Set(outcomes)).toEqual(new Set(['exists']));
    expect(await settingsOf(bed.minio, bucket)).toEqual(before);
  });

  test('of ten keys at once is created once, and all get their pairs', async () => {
    const bucket = named('shared');
    const refs = await Promise.all(
      Array.from({ length: 10 }, () => creating.accessKey(namespace, store, limited(entry(bucket)))),
    );
    for (const ref of refs) {
      await ready(bed, ref);
      expect(await s3Outcome((await s3Of(ref)).putObject(bucket, ref.metadata.name, 'a'))).toBe('ok');
    }
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => store.admin.createBucket(named('at-once'))),
    );
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
  });

  test('comes with an edit, and outlives the key', async () => {
    const bucket = named('edited');
    const ref = await creating.accessKey(namespace, store, limited());
    await ready(bed, ref);
    await edit(bed, ref, limited(entry(bucket)));
    await ready(bed, ref);
    expect(await s3Outcome((await s3Of(ref)).putObject(bucket, 'a', 'a'))).toBe('ok');
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    expect(await exists(bucket)).toBe(true);
    expect(asked(bucket)).not.toContain('DELETE');
  });

  test('that somebody removed is created again', async () => {
    const bucket = named('removed');
    const ref = await creating.accessKey(namespace, store, limited(entry(bucket)));
    await ready(bed, ref);
    await root.removeBucket(bucket);
    await until('created again', () => exists(bucket));
    await ready(bed, ref);
  });

  test('is not created for a key that is born disabled, but once it is enabled', async () => {
    const bucket = named('disabled');
    const ref = await creating.accessKey(namespace, store, { ...limited(entry(bucket)), disabled: true });
    await reason(bed, ref, 'Disabled');
    expect(await exists(bucket)).toBe(false);
    await edit(bed, ref, { disabled: false });
    await ready(bed, ref);
    expect(await exists(bucket)).toBe(true);
  });
});

describe('a grant of read_write includes creating, so', () => {
  test('a key that only reads has its bucket created if its namespace may write it', async () => {
    const bucket = named('read');
    const ref = await creating.accessKey(namespace, store, limited(entry(bucket, 'read_only')));
    await ready(bed, ref);
    const s3 = await s3Of(ref);
    expect(await s3Outcome(s3.listObjectsV2(bucket, '', true).toArray())).toBe('ok');
    expect(await s3Outcome(s3.putObject(bucket, 'a', 'a'))).toBe('AccessDenied');
  });

  test('a bucket that the namespace may only read, or not even that, is not created', async () => {
    for (const bucket of [`${READABLE}new`, `elsewhere-${run}`]) {
      const ref = await creating.accessKey(namespace, store, limited(entry(bucket, 'read_only')));
      const { message } = await reason(bed, ref, 'GrantDenied');
      expect(message).toContain(`read_write on bucket ${bucket} (create: true needs it)`);
      expect(asked(bucket)).toEqual([]);
      expect(await exists(bucket)).toBe(false);
    }
  });
});

describe('an operator whose own user has no right to', () => {
  const ADMIN = {
    Effect: 'Allow',
    Action: ['admin:*'],
  } as const;
  const may = (...Action: string[]) =>
    store.admin.putPolicy(policy, {
      ID: '',
      Version: '2012-10-17',
      Statement: [
        ADMIN,
        ...(Action.length > 0 ? [{ Effect: 'Allow' as const, Action, Resource: ['arn:aws:s3:::*'] }] : []),
      ],
    });
  let least: TestStore;
  beforeAll(async () => {
    await may();
    await store.admin.putUser(user);
    await store.admin.setUserPolicies(user.accessKeyId, [policy]);
    least = await creating.store({ grants, credentials: credentialsData(user) });
    await storeReady(bed, least.ref);
  });
  const settle = (ref: NamespacedRef) => edit(bed, ref, { label: crypto.randomUUID() });

  test('ask for buckets or create them serves all other keys, and says which right it lacks', async () => {
    const bucket = named('lacking');
    const plain = await creating.accessKey(
      namespace,
      least,
      limited(entry(named('new'), 'read_write', false)),
    );
    await ready(bed, plain);
    const ref = await creating.accessKey(namespace, least, limited(entry(bucket)));
    expect((await reason(bed, ref, 'BucketNotCreated')).message).toContain('s3:GetBucketLocation');
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
    await may('s3:GetBucketLocation');
    await settle(ref);
    await until('asked', async () =>
      (await reason(bed, ref, 'BucketNotCreated')).message.includes('s3:CreateBucket'),
    );
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
    await may('s3:GetBucketLocation', 's3:CreateBucket');
    await settle(ref);
    await ready(bed, ref);
    expect(await exists(bucket)).toBe(true);
  });

  test('create a bucket takes away what an edit takes away all the same', async () => {
    await may('s3:GetBucketLocation');
    const [before, wanted] = [named('before'), named('not-to-be-had')];
    await root.makeBucket(before);
    const ref = await creating.accessKey(namespace, least, limited(entry(before)));
    await ready(bed, ref);
    const s3 = await s3Of(ref);
    expect(await s3Outcome(s3.putObject(before, 'a', 'a'))).toBe('ok');
    await edit(bed, ref, limited(entry(wanted)));
    await reason(bed, ref, 'BucketNotCreated');
    expect(await s3Outcome(s3.putObject(before, 'a', 'a'))).toBe('AccessDenied');
    expect(await exists(wanted)).toBe(false);
    // Nor does it stand in the way of a rotation.
    const { accessKeyId } = await readPair(bed, secretOf(ref));
    await edit(bed, ref, { keyGeneration: 2 });
    await until('rotated', async () => (await readPair(bed, secretOf(ref))).accessKeyId !== accessKeyId);
    await may('s3:GetBucketLocation', 's3:CreateBucket');
    await settle(ref);
    await ready(bed, ref);
    expect(await exists(wanted)).toBe(true);
  });
});

test('a store of another region than its spec says which is missing: the region', async () => {
  const elsewhere = await bed.startMinio({ env: { MINIO_SITE_REGION: 'eu-west-7' } });
  const credentials = {
    accessKeyId: elsewhere.rootUser,
    secretAccessKey: elsewhere.rootPassword,
  };
  const { endpoint } = elsewhere;
  const [wrong, right] = [
    createMinioStore({ endpoint, credentials }),
    createMinioStore({ endpoint, credentials, region: 'eu-west-7' }),
  ];
  await untilStarted(right);
  const bucket = named('region');
  expect(await wrong.hasBucket(bucket)).toBe(false);
  await expect(wrong.createBucket(bucket)).rejects.toMatchObject({
    kind: 'invalid',
    message: expect.stringContaining('it has another region'),
  });
  expect(await right.createBucket(bucket)).toBe('created');
  expect(await right.createBucket(bucket)).toBe('exists');
  expect(await right.hasBucket(bucket)).toBe(true);
  await Promise.all([wrong.close(), right.close()]);
});

describe('a store that fails while it creates', () => {
  test.each<[string, () => { do: 'reset' } | { do: 'answer'; status: number }]>([
    ['cuts the connection off', () => ({ do: 'reset' })],
    ['is overloaded', () => ({ do: 'answer', status: 503 })],
    ['fails inside', () => ({ do: 'answer', status: 500 })],
  ])('%s keeps the key waiting, and it goes on by itself', async (title, fault) => {
    const bucket = named(title.replaceAll(' ', '-'));
    let faults = 0;
    proxy.onRequest(({ method, path }) => {
      if (method !== 'PUT' || path !== `/${bucket}` || faults >= 2) return undefined;
      faults += 1;
      return fault();
    });
    const ref = await creating.accessKey(namespace, store, limited(entry(bucket)));
    expect((await reason(bed, ref, 'BucketNotCreated')).message).toContain(
      `could not create bucket ${bucket}`,
    );
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
    await ready(bed, ref, { timeoutMs: 60_000 });
    expect(faults).toBe(2);
  });
});
