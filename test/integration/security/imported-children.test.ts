/** The child keys of an imported user: they may do no more than it, and end with it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pair } from '../../../src/provider/provider.ts';
import {
  credentialsData,
  edit,
  fixtures,
  limitedKey,
  makeBucket,
  readHello,
  ready,
  s3Client,
  s3Outcome,
  secretRef,
  type TestStore,
} from '../support/fixtures.ts';
import { makeServiceAccount } from '../support/service-account.ts';

const children = await fixtures('children');
const { bed } = children;
afterAll(children.end);

let store: TestStore;
let namespace = '';
const buckets = { granted: '', other: '' };

beforeAll(async () => {
  const minio = await bed.startMinio();
  store = await children.store({
    minio,
    grants: [{ namespaces: { all: true }, buckets: ['*'], allowImport: true }],
  });
  buckets.granted = await makeBucket(store, 'children-granted');
  buckets.other = await makeBucket(store, 'children-other');
  await children.operator();
  namespace = await children.namespace();
});

/** Returns the outcome of reading each bucket, and of writing into the granted one. */
async function reach(pair: Pair): Promise<string[]> {
  const s3 = s3Client(store.minio, pair);
  return [
    await s3Outcome(readHello(s3, buckets.granted)),
    await s3Outcome(readHello(s3, buckets.other)),
    await s3Outcome(s3.putObject(buckets.granted, 'written', 'x')),
  ];
}

const ALL = ['ok', 'ok', 'ok'];
const READS = ['ok', 'AccessDenied', 'AccessDenied'];
const DEAD = ['InvalidAccessKeyId', 'InvalidAccessKeyId', 'InvalidAccessKeyId'];

test('child keys of an imported user are narrowed, disabled and revoked with it', async () => {
  const pair = {
    accessKeyId: `old-${randomBytes(4).toString('hex')}`,
    secretAccessKey: randomBytes(12).toString('hex'),
  };
  await store.admin.putUser(pair);
  await store.admin.setUserPolicies(pair.accessKeyId, ['readwrite']);
  const Statement = [{ Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] }];
  const plain = await makeServiceAccount(store.minio, pair.accessKeyId);
  const ofItsOwn = await makeServiceAccount(store.minio, pair.accessKeyId, {
    Version: '2012-10-17',
    Statement,
  });
  for (const child of [plain, ofItsOwn]) expect(await reach(child)).toEqual(ALL);

  const secretName = 'old';
  await bed.api.create({ ...secretRef(namespace, secretName), stringData: credentialsData(pair) });
  const ref = await children.accessKey(namespace, store, {
    ...limitedKey({ [buckets.granted]: 'read_only' }),
    importFrom: { secretName },
  });
  await ready(bed, ref);
  for (const one of [pair, plain, ofItsOwn]) expect(await reach(one)).toEqual(READS);

  await edit(bed, ref, { disabled: true });
  await bed.api.waitFor(ref, 'disabled', (object) =>
    object?.status?.conditions?.some(({ reason }) => reason === 'Disabled'),
  );
  for (const one of [pair, plain, ofItsOwn])
    expect(await s3Outcome(readHello(s3Client(store.minio, one), buckets.granted))).not.toBe('ok');
  await edit(bed, ref, { disabled: false });
  await ready(bed, ref);
  for (const one of [pair, plain, ofItsOwn]) expect(await reach(one)).toEqual(READS);

  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  for (const one of [pair, plain, ofItsOwn]) expect(await reach(one)).toEqual(DEAD);
});
