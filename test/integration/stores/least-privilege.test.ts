/** The whole life of a key under the least that docs/security.md gives the operator's own user, in a store whose root user may do nothing. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createConnection } from '../../../src/provider/connection.ts';
import type { PolicyDocument } from '../../../src/provider/documents/statement.ts';
import { createAdminClient } from '../../../src/provider/minio/client.ts';
import { seal } from '../../../src/provider/minio/sealing.ts';
import { paced } from '../../../src/provider/paced-connection.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import { type MinioData, minioData } from '../../bed/minio.ts';
import {
  credentialsData,
  edit,
  expectRevoked,
  fixtures,
  limitedKey,
  makeBucket,
  type NamespacedRef,
  policyOf,
  readHello,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  secretRef,
  storeReady,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { watchPairs } from '../support/pair-watcher.ts';
import { type Rules, rulesFor } from '../support/rules.ts';

const least = await fixtures('least');
const { bed, cluster } = least;
const DOCS = join(import.meta.dirname, '..', '..', '..', 'docs', 'security.md');
afterAll(least.end);

const newUser = (name: string): Pair => ({
  accessKeyId: `${name}-${randomBytes(4).toString('hex')}`,
  secretAccessKey: randomBytes(20).toString('hex'),
});
const operator = newUser('operator');
const administrator = newUser('administrator');

let minio: MinioData;
let root: Pair;
let store: TestStore;
let namespace = '';
let bucket = '';
let rules: Rules;

/** The policy as the page has it, so that what is written there is what is tested. */
async function documented(): Promise<PolicyDocument> {
  const [, json] = /```json\n(\{[^`]*"admin:[^`]*)```/.exec(await readFile(DOCS, 'utf8')) ?? [];
  if (json === undefined) throw new Error('docs/security.md has no policy for the operator');
  return { ID: '', ...JSON.parse(json) };
}

/** Takes from the root user what it may do, as MINIO_API_ROOT_ACCESS=off does. */
async function turnRootOff(endpoint: string): Promise<void> {
  const connection = paced(createConnection({ endpoint }), { timeoutMs: 15_000 });
  const options = { region: 'us-east-1', now: Date.now };
  const client = createAdminClient({ ...options, connection, endpoint, credentials: administrator });
  const body = await seal(administrator.secretAccessKey, Buffer.from('api root_access=off'));
  await client.request({ method: 'PUT', path: 'set-config-kv', body, purpose: 'turn the root user off' });
  await connection.close();
}

beforeAll(async () => {
  const started = await bed.startMinio();
  root = { accessKeyId: started.rootUser, secretAccessKey: started.rootPassword };
  bucket = await makeBucket({ minio: started }, 'least');
  const asRoot = await least.store({ minio: started });
  await asRoot.admin.putPolicy('access-key-operator', await documented());
  await asRoot.admin.putUser(operator);
  await asRoot.admin.setUserPolicies(operator.accessKeyId, ['access-key-operator']);
  await asRoot.admin.putUser(administrator);
  await asRoot.admin.setUserPolicies(administrator.accessKeyId, ['consoleAdmin']);
  await turnRootOff(started.endpoint);
  await until('off', async () => (await s3Outcome(s3Client(started, root).listBuckets())) !== 'ok');
  // What the test looks at the store with is its administrator from here on.
  minio = {
    ...minioData(started),
    rootUser: administrator.accessKeyId,
    rootPassword: administrator.secretAccessKey,
  };
  store = await least.store({
    minio,
    credentials: credentialsData(operator),
    grants: [
      { namespaces: { all: true }, buckets: ['*'], unrestricted: true, allowImport: true, allowRetain: true },
    ],
  });
  namespace = await least.namespace();
  await least.operator({ args: ['--policy-check-interval=1s'] });
  await storeReady(bed, store.ref);
});

const spec = limitedKey({ '': 'read_only' });
const asks = () => ({
  ...spec,
  bucketAccess: spec.bucketAccess.map((entry) => ({ ...entry, bucketName: bucket })),
});
const read = (pair: Pair) => s3Outcome(readHello(s3Client(minio, pair), bucket));
const pairOf = (ref: NamespacedRef) => readPair(bed, secretOf(ref));

test('the root user may do nothing, and the operator itself reads, lists and writes nothing in a bucket', async () => {
  // MinIO answers so if its root user is turned off.
  expect(await s3Outcome(s3Client(minio, root).listBuckets())).toBe('InvalidAccessKeyId');
  expect(await read(operator)).toBe('AccessDenied');
  const s3 = s3Client(minio, operator);
  expect(await s3Outcome(s3.listObjectsV2(bucket, '', true).toArray())).toBe('AccessDenied');
  expect(await s3Outcome(s3.putObject(bucket, 'x', 'x'))).toBe('AccessDenied');
  expect(await s3Outcome(s3.removeBucket(bucket))).toBe('AccessDenied');
});

test('a bucket is created for a key that asks for it', async () => {
  const made = `${bucket}-made`;
  const bucketAccess = [{ bucketName: made, permissions: 'read_write' as const, create: true }];
  const ref = await least.accessKey(namespace, store, { limited: true, bucketAccess });
  await ready(bed, ref);
  expect(await s3Outcome(s3Client(minio, await pairOf(ref)).putObject(made, 'x', 'x'))).toBe('ok');
});

test('a key is made, edited, rotated, disabled, enabled, repaired, moved, retained, imported, expires and is deleted', async () => {
  const watcher = await watchPairs(bed, minio, namespace, { everyMs: 500 });
  rules = await rulesFor(least, { stores: [store], namespaces: [namespace], watchers: [watcher] });
  const ref = await least.accessKey(namespace, store, asks());
  await ready(bed, ref);
  const first = await pairOf(ref);
  expect(await read(first)).toBe('ok');

  await edit(bed, ref, { bucketAccess: [{ bucketName: bucket, permissions: 'read_write' }] });
  await ready(bed, ref);
  expect(await s3Outcome(s3Client(minio, first).putObject(bucket, 'x', 'x'))).toBe('ok');

  await edit(bed, ref, { keyGeneration: 2, rotation: { gracePeriod: '0s' } });
  await until('rotated', async () => (await ready(bed, ref)).status.accessKeyId !== first.accessKeyId);
  const second = await pairOf(ref);
  await until('ended', async () => (await read(first)) === 'InvalidAccessKeyId');
  expect(await read(second)).toBe('ok');

  await edit(bed, ref, { disabled: true });
  await reason(bed, ref, 'Disabled');
  expect(await read(second)).toBe('InvalidAccessKeyId');
  await edit(bed, ref, { disabled: false });
  await ready(bed, ref);
  expect(await read(second)).toBe('ok');
  await rules.hold();
  await watcher.stop();

  // Found by the sweep; sessions of a user that is made again are ended.
  await store.admin.removeUser(second.accessKeyId);
  await store.admin.removePolicy(policyOf(cluster, ref));
  const { lines } = await least.restart({ args: ['--policy-check-interval=1s'] });
  await until('made again', async () => (await read(second)) === 'ok');
  await ready(bed, ref);
  expect(lines.filter(({ msg }) => msg?.includes('cannot revoke the sessions'))).toEqual([]);

  await edit(bed, ref, { secretName: 'moved' });
  await ready(bed, ref);
  expect(samePair(await readPair(bed, secretRef(namespace, 'moved')), second)).toBe(true);
  await edit(bed, ref, { expiresAt: new Date(Date.now() - 1_000).toISOString() });
  await reason(bed, ref, 'Expired');
  await expectRevoked(store, policyOf(cluster, ref), [second.accessKeyId]);
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
});

test('imports a user, and retains one, if the store grants it', async () => {
  const old = newUser('old');
  await store.admin.putUser(old);
  await store.admin.setUserPolicies(old.accessKeyId, ['readwrite']);
  await bed.api.create({ ...secretRef(namespace, 'old'), stringData: credentialsData(old) });
  const ref = await least.accessKey(namespace, store, {
    ...asks(),
    importFrom: { secretName: 'old' },
    deletionPolicy: 'Retain',
  });
  await ready(bed, ref);
  expect(samePair(await pairOf(ref), old)).toBe(true);
  await rules.hold();
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  expect(await read(old)).toBe('ok');
  await rules.hold();
  await store.admin.removeUser(old.accessKeyId);
  await store.admin.removePolicy(policyOf(cluster, ref));
  await bed.api.delete(secretOf(ref));
});

test('a user that belongs to no AccessKey is counted, and a deletion leaves nothing', async () => {
  const [orphan, doomed] = await Promise.all([1, 2].map(() => least.accessKey(namespace, store, asks())));
  if (!orphan || !doomed) throw new Error('no keys');
  await Promise.all([ready(bed, orphan), ready(bed, doomed)]);
  const { accessKeyId } = await pairOf(orphan);
  const { kill } = await least.restart();
  await kill();
  await bed.api.patch(orphan, { metadata: { finalizers: null } });
  await bed.api.delete(orphan);
  await bed.api.waitGone(orphan);
  await least.restart();
  await bed.api.waitFor(store.ref, 'counting', (object) => object?.status?.['orphanedUsers'] === 1);
  await bed.api.delete(doomed);
  await bed.api.waitGone(doomed);
  await store.admin.removeUser(accessKeyId);
  await store.admin.removePolicy(policyOf(cluster, orphan));
  await rules.hold();
  const { message } = await bed.api.waitFor(store.ref, 'Ready', (object) =>
    object?.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True'),
  );
  expect(message).not.toContain('denied');
});

test('a condition on aws:SourceIp confines where the credentials work', async () => {
  const confined = newUser('confined');
  const document = await documented();
  const from = (address: string) =>
    store.admin.putPolicy('confined', {
      ...document,
      Statement: document.Statement.map((statement) => ({
        ...statement,
        Condition: { IpAddress: { 'aws:SourceIp': [address] } },
      })),
    });
  await from('192.0.2.0/24');
  await store.admin.putUser(confined);
  await store.admin.setUserPolicies(confined.accessKeyId, ['confined']);
  const elsewhere = await least.store({ minio, credentials: credentialsData(confined) });
  const { message } = await reason(bed, elsewhere.ref, 'StoreNotReady');
  expect(message).toContain('lack the permission');
  await from('127.0.0.0/8');
  await storeReady(bed, elsewhere.ref);
});
