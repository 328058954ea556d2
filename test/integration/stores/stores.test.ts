/** The effect of a store's fields on its keys, and a store's status. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Operator } from '../../bed/operator.ts';
import {
  credentialsData,
  edit,
  fixtures,
  inUse,
  limitedKey,
  makeBucket,
  readHello,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  storeReady,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { newPair } from '../support/minio-server.ts';

const stores = await fixtures('stores');
const { bed } = stores;
afterAll(stores.end);

let namespace = '';
let operator: Operator;
let bucket = '';

beforeAll(async () => {
  namespace = await stores.namespace();
  operator = await stores.operator();
  bucket = await makeBucket({ minio: bed.minio }, 'stores');
});

const to = (permissions: 'read_only' | 'read_write', bucketName = bucket) =>
  limitedKey({ [bucketName]: permissions });

async function textsOf(
  store: TestStore | undefined,
  ref: Parameters<typeof secretOf>[0],
): Promise<Record<string, string>> {
  const data = (await bed.api.get(secretOf(ref)))?.data ?? {};
  expect(store).toBeDefined();
  const { AWS_SECRET_ACCESS_KEY: _, ...rest } = data;
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}

test('publicEndpoint and region are what the Secrets say, and a change of them reaches the Secrets with the same pair', async () => {
  const store = await stores.store({
    spec: { publicEndpoint: 'https://s3.example.com', region: 'eu-west-2' },
  });
  const ref = await stores.accessKey(namespace, store, to('read_only'));
  await ready(bed, ref);
  const before = await textsOf(store, ref);
  expect(before).toMatchObject({ AWS_ENDPOINT_URL_S3: 'https://s3.example.com', AWS_REGION: 'eu-west-2' });
  await bed.api.patch(store.ref, { spec: { publicEndpoint: null, region: 'us-east-1' } });
  await until('published again', async () => {
    const now = await textsOf(store, ref);
    return now['AWS_ENDPOINT_URL_S3'] === store.minio.endpoint && now['AWS_REGION'] === 'us-east-1';
  });
  expect((await textsOf(store, ref))['AWS_ACCESS_KEY_ID']).toBe(before['AWS_ACCESS_KEY_ID']);
});

test.each([
  [
    "MinIO's chart",
    { accessKeyId: 'rootUser', secretAccessKey: 'rootPassword' },
    ({ accessKeyId, secretAccessKey }: Pair) => ({ rootUser: accessKeyId, rootPassword: secretAccessKey }),
  ],
  [
    'a MinIO Tenant',
    { configEnv: 'config.env' },
    ({ accessKeyId, secretAccessKey }: Pair) => ({
      'config.env': `export MINIO_ROOT_USER="${accessKeyId}"\nexport MINIO_ROOT_PASSWORD="${secretAccessKey}"`,
    }),
  ],
])('a store takes the Secret of %s as it is, and follows its changes', async (_chart, keys, data) => {
  const root = { accessKeyId: bed.minio.rootUser, secretAccessKey: bed.minio.rootPassword };
  const store = await stores.store({ credentials: data({ ...root, secretAccessKey: 'not-the-password' }) });
  const untold = await reason(bed, store.ref, 'StoreNotReady');
  expect(untold.message).toContain(
    `set spec.credentialsRef.keys to {${Object.entries(keys)
      .map(([field, key]) => `${field}: ${key}`)
      .join(', ')}}`,
  );
  await bed.api.patch(store.ref, { spec: { credentialsRef: { keys } } });
  await until('the wrong password is found', async () =>
    (await reason(bed, store.ref, 'StoreNotReady')).message.includes('the secret access key is wrong'),
  );
  await bed.api.patch(store.credentials, { stringData: data(root) });
  await storeReady(bed, store.ref);
  const ref = await stores.accessKey(namespace, store, to('read_write'));
  await ready(bed, ref);
  await readHello(s3Client(store.minio, await readPair(bed, secretOf(ref))), bucket);
});

describe.each(['ConfigMap', 'Secret'])('a CA in a %s', (kind) => {
  test('verifies the endpoint, and is read again as soon as it changes', async () => {
    const [minio, other] = await Promise.all([bed.startMinio({ tls: true }), bed.startMinio({ tls: true })]);
    const home = await stores.namespace('ca');
    const object = { apiVersion: 'v1', kind, metadata: { namespace: home, name: 'store-ca' } };
    const holding = (pem = '') =>
      kind === 'Secret' ? { stringData: { 'root.pem': pem } } : { data: { 'root.pem': pem } };
    const caBundleRef = { kind, namespace: home, name: 'store-ca', key: 'root.pem' };
    const store = await stores.store({ minio, spec: { caBundle: undefined, caBundleRef } });
    expect((await reason(bed, store.ref, 'StoreNotReady')).message).toContain(
      `there is no ${kind} ${home}/store-ca with the store's CA certificates`,
    );
    await bed.api.create({ ...object, ...holding(other.caPem) });
    expect((await reason(bed, store.ref, 'StoreUnreachable')).message).toMatch(/certificate/i);
    await bed.api.patch(object, holding(minio.caPem));
    await storeReady(bed, store.ref);
    const ref = await stores.accessKey(namespace, store);
    await ready(bed, ref);
    // What is in force stays so without the CA; the store says what is wrong with it.
    await bed.api.patch(
      object,
      kind === 'Secret' ? { data: { 'root.pem': null } } : { data: { 'root.pem': null } },
    );
    expect((await reason(bed, store.ref, 'StoreNotReady')).message).toContain('has nothing under root.pem');
    await ready(bed, ref);
    await bed.api.patch(object, holding(minio.caPem));
    await storeReady(bed, store.ref);
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    await bed.api.delete(store.ref);
    await bed.api.waitGone(store.ref);
    await Promise.all([minio.stop(), other.stop()]);
  });
});

test("the store's own credentials are replaced under a running operator, and no key suffers", async () => {
  const [first, second] = [newPair(), newPair()];
  const store = await stores.store({ credentials: credentialsData(first) });
  const makeAdmin = async (pair: Pair) => {
    await store.admin.putUser(pair);
    await store.admin.setUserPolicies(pair.accessKeyId, ['consoleAdmin']);
  };
  await makeAdmin(first);
  const refs = await Promise.all([1, 2, 3].map(() => stores.accessKey(namespace, store, to('read_write'))));
  const [used, edited] = refs;
  if (!used || !edited) throw new Error('no keys');
  await Promise.all(refs.map((ref) => ready(bed, ref)));
  const pairs = await Promise.all(refs.map((ref) => readPair(bed, secretOf(ref))));
  const s3 = s3Client(store.minio, await readPair(bed, secretOf(used)));
  const versions = () =>
    Promise.all(refs.map(async (ref) => (await bed.api.get(ref))?.metadata.resourceVersion));
  const before = await versions();

  const { use } = await inUse(
    () => readHello(s3, bucket),
    async () => {
      await makeAdmin(second);
      await bed.api.patch(store.credentials, { stringData: credentialsData(second) });
      await until('the new credentials in use', async () => {
        // Disable the first pair, so that only the second one can work.
        await store.admin.setUserEnabled(first.accessKeyId, false);
        await bed.api.patch(store.ref, { metadata: { annotations: { looked: crypto.randomUUID() } } });
        const made = await stores.accessKey(namespace, store, to('read_only'));
        return (await ready(bed, made)).status.accessKeyId;
      });
      await store.admin.removeUser(first.accessKeyId);
    },
  );
  expect(use.refusals).toEqual([]);
  expect(await versions()).toEqual(before);
  await edit(bed, edited, to('read_only'));
  await ready(bed, edited);
  const now = await Promise.all(refs.map((ref) => readPair(bed, secretOf(ref))));
  expect(now.every((pair, at) => samePair(pair, pairs[at] ?? pair))).toBe(true);
  expect(operator.lines.filter(({ msg }) => msg === 'ready')).toHaveLength(1);
});

test('everyKeyMay withholds from every key to list buckets, or gives it to create them, and takes it back', async () => {
  const store = await stores.store();
  const ref = await stores.accessKey(namespace, store, to('read_only'));
  await ready(bed, ref);
  const s3 = s3Client(store.minio, await readPair(bed, secretOf(ref)));
  const create = () => s3Outcome(s3.makeBucket(`stores-${crypto.randomUUID().slice(0, 8)}`));
  const hidden = await makeBucket(store, 'stores-hidden');
  const names = async () => (await s3.listBuckets()).map(({ name }) => name);
  expect(await names()).toContain(hidden);
  expect(await create()).toBe('AccessDenied');
  await bed.api.patch(store.ref, { spec: { everyKeyMay: [] } });
  // MinIO lists to everybody the buckets that he may use.
  await until('withheld', async () => (await names()).join() === bucket);
  expect(await create()).toBe('AccessDenied');
  expect(await s3Outcome(readHello(s3, bucket))).toBe('ok');
  await bed.api.patch(store.ref, { spec: { everyKeyMay: ['ListBuckets', 'CreateOrResetBuckets'] } });
  await until('given', async () => (await create()) === 'ok');
  expect(await names()).toContain(hidden);
  await bed.api.patch(store.ref, { spec: { everyKeyMay: null } });
  await until('taken back', async () => (await create()) === 'AccessDenied');
  expect(await names()).toContain(hidden);
});

test('extraActions are added to the permissions of keys that are there, and taken away from them', async () => {
  const store = await stores.store();
  const [reads, writes] = await Promise.all([
    stores.accessKey(namespace, store, to('read_only')),
    stores.accessKey(namespace, store, to('read_write')),
  ]);
  await Promise.all([ready(bed, reads), ready(bed, writes)]);
  const pair = await readPair(bed, secretOf(writes));
  const [reader, writer] = [
    s3Client(store.minio, await readPair(bed, secretOf(reads))),
    s3Client(store.minio, pair),
  ];
  const getTags = () => s3Outcome(reader.getObjectTagging(bucket, 'hello'));
  const putTags = () => s3Outcome(writer.setObjectTagging(bucket, 'hello', { colour: 'red' }));
  expect([await getTags(), await putTags()]).toEqual(['AccessDenied', 'AccessDenied']);

  const extraActions = { read_only: ['GetObjectTagging'], read_write: ['PutObjectTagging'] };
  await bed.api.patch(store.ref, { spec: { extraActions } });
  await until('added', async () => (await getTags()) === 'ok' && (await putTags()) === 'ok');
  expect(await s3Outcome(reader.setObjectTagging(bucket, 'hello', { colour: 'blue' }))).toBe('AccessDenied');

  // What is in force is read back with them, so that an edit that asks too much leaves it as it is.
  await bed.api.patch(store.ref, {
    spec: { grants: [{ namespaces: { names: [namespace] }, buckets: [bucket] }] },
  });
  await storeReady(bed, store.ref);
  await edit(bed, writes, {
    bucketAccess: [...to('read_write').bucketAccess, { bucketName: 'elsewhere', permissions: 'read_only' }],
  });
  await reason(bed, writes, 'GrantDenied');
  expect(await putTags()).toBe('ok');

  await bed.api.patch(store.ref, { spec: { extraActions: null } });
  await until(
    'taken away',
    async () => (await getTags()) === 'AccessDenied' && (await putTags()) === 'AccessDenied',
  );
  expect(await s3Outcome(writer.putObject(bucket, 'more', 'more'))).toBe('ok');
  expect(samePair(await readPair(bed, secretOf(writes)), pair)).toBe(true);
});

test('the status of a store says its version, where its keys are issued, how many name it, and when its users were compared', async () => {
  const store = await stores.store();
  const before = Date.now() - 1_000;
  const refs = await Promise.all([1, 2].map(() => stores.accessKey(namespace, store, to('read_only'))));
  await Promise.all(refs.map((ref) => ready(bed, ref)));
  const status = await bed.api.waitFor(
    store.ref,
    'counted and compared',
    (seen) => seen?.status?.['keys'] === 2 && seen.status['serverVersion'] !== undefined && seen.status,
    {
      timeoutMs: 15_000,
    },
  );
  expect(status).toMatchObject({
    endpoint: store.minio.endpoint,
    clusterName: stores.cluster.name,
    credentialsSecret: store.credentials.metadata,
    orphanedUsers: expect.any(Number),
  });
  // Built from source it calls itself a development build.
  expect(status['serverVersion']).toMatch(/^[A-Z0-9][\w.:+-]+$/);
  expect(Date.parse(String(status['lastSyncAt']))).toBeGreaterThan(before);
});
