/** A pause keeps nothing in force that the store's grants and settings take away, and applies nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import type { PolicyStatement } from '../../../src/provider/documents/statement.ts';
import {
  edit,
  fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  secretOf,
  type TestStore,
  until,
} from '../support/fixtures.ts';

const paused = await fixtures('paused');
const { bed, cluster } = paused;
let namespace = '';
const BUCKET = 'paused-settings';

beforeAll(async () => {
  namespace = await paused.namespace();
  const root = { accessKeyId: bed.minio.rootUser, secretAccessKey: bed.minio.rootPassword };
  await s3Client(bed.minio, root).makeBucket(BUCKET);
  await paused.operator({ args: ['--policy-check-interval=1h'] });
});
afterAll(paused.end);

const all = { namespaces: { all: true }, buckets: ['paused-*'] };
const readWrite = limitedKey({ [BUCKET]: 'read_write' });

interface Withdrawal {
  readonly grants?: readonly object[];
  /** The store's earlier spec. */
  readonly spec?: object;
  readonly asked?: Partial<AccessKeySpec>;
  /** The change of the store's spec. */
  readonly withdrawn: object;
  /** An action that the policy has before, and not afterwards. */
  readonly action: string;
}

const WITHDRAWN: Readonly<Record<string, Withdrawal>> = {
  "a bucket's settings": {
    grants: [all],
    withdrawn: { grants: [{ ...all, bucketSettings: false }] },
    action: 's3:PutBucketVersioning',
  },
  'the list of all buckets': {
    withdrawn: { everyKeyMay: [] },
    action: 's3:ListAllMyBuckets',
  },
  'the creation of buckets': {
    spec: { everyKeyMay: ['ListBuckets', 'CreateOrResetBuckets'] },
    withdrawn: { everyKeyMay: ['ListBuckets'] },
    action: 's3:CreateBucket',
  },
  'extra actions': {
    spec: { extraActions: { read_write: ['PutObjectTagging'] } },
    withdrawn: { extraActions: { read_write: [] } },
    action: 's3:PutObjectTagging',
  },
};

const statementsOf = async (store: TestStore, ref: NamespacedRef) =>
  ((await store.admin.getPolicy(policyOf(cluster, ref)))?.document['Statement'] ?? []) as PolicyStatement[];
const actionsOf = async (store: TestStore, ref: NamespacedRef) =>
  (await statementsOf(store, ref)).filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);

async function pausedKey(store: TestStore, spec: Partial<AccessKeySpec> = readWrite): Promise<NamespacedRef> {
  const ref = await paused.accessKey(namespace, store, spec);
  await ready(bed, ref);
  await bed.api.patch(ref, { metadata: { annotations: { 'accesskeys.dev/paused': 'true' } } });
  await reason(bed, ref, 'Paused');
  return ref;
}

describe('a paused key loses what is withdrawn:', () => {
  test.each(Object.entries(WITHDRAWN))(
    '%s',
    async (_, { grants = [all], spec, asked, withdrawn, action }) => {
      const store = await paused.store({ grants, ...(spec && { spec }) });
      const ref = await pausedKey(store, asked);
      const before = await actionsOf(store, ref);
      expect(before).toContain(action);
      await bed.api.patch(store.ref, { spec: withdrawn });
      await until('narrowed', async () => !(await actionsOf(store, ref)).includes(action));
      const after = await actionsOf(store, ref);
      expect(after).toContain('s3:PutObject');
      expect(before).toEqual(expect.arrayContaining(after));
      await reason(bed, ref, 'Paused');
    },
  );

  test('names that it may create', async () => {
    const other = { ...all, buckets: ['other-*'] };
    const store = await paused.store({
      grants: [all, other],
      spec: { everyKeyMay: ['ListBuckets', 'CreateOrResetBuckets'] },
    });
    const ref = await pausedKey(store);
    const mayCreate = async () =>
      (await statementsOf(store, ref)).find(({ Sid }) => Sid === 'CreateBuckets')?.Resource;
    expect(await mayCreate()).toContain('arn:aws:s3:::other-*');
    await bed.api.patch(store.ref, { spec: { grants: [all] } });
    await until('narrowed', async () => !(await mayCreate())?.includes('arn:aws:s3:::other-*'));
    expect(await mayCreate()).toContain('arn:aws:s3:::paused-*');
  });

  test('access to a bucket: its users are disabled', async () => {
    const store = await paused.store({ grants: [all] });
    const ref = await pausedKey(store);
    const { accessKeyId } = await readPair(bed, secretOf(ref));
    await bed.api.patch(store.ref, { spec: { grants: [{ ...all, buckets: ['other-*'] }] } });
    await reason(bed, ref, 'GrantDenied');
    expect((await store.admin.getUser(accessKeyId))?.enabled).toBe(false);
  });
});

test('a paused key keeps its policy if the store gives more, or its spec asks for less or more', async () => {
  const store = await paused.store({
    grants: [{ ...all, bucketSettings: false }],
    spec: { everyKeyMay: [] },
  });
  const ref = await pausedKey(store);
  const before = await actionsOf(store, ref);
  await bed.api.patch(store.ref, { spec: { grants: [all], everyKeyMay: ['ListBuckets'] } });
  await edit(bed, ref, { label: 'Later', bucketAccess: [] });
  const asked = { bucketAccess: [{ bucketName: 'elsewhere', permissions: 'read_only' }] };
  await until('seen', async () => {
    const generation = (await bed.api.get(ref))?.metadata.generation;
    return (await bed.api.get(ref))?.status?.['observedGeneration'] === generation;
  });
  await edit(bed, ref, asked);
  await reason(bed, ref, 'Paused');
  const next = await paused.accessKey(namespace, store, readWrite);
  await ready(bed, next);
  expect((await actionsOf(store, ref)).sort()).toEqual(before.sort());
  expect(await actionsOf(store, next)).toContain('s3:ListAllMyBuckets');
  const pair = await readPair(bed, secretOf(ref));
  expect(await s3Outcome(s3Client(bed.minio, pair).putObject(BUCKET, 'a', 'a'))).toBe('ok');
});
