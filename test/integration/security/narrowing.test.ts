/** The right to edit a key's Secret, but not the key, keeps nothing in force that the key's spec takes away. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  edit,
  fixtures,
  limitedKey,
  makeBucket,
  type NamespacedRef,
  readHello,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  secretOf,
  type TestStore,
  until,
} from '../support/fixtures.ts';

const narrowing = await fixtures('narrowing');
const { bed } = narrowing;
afterAll(narrowing.end);

let namespace = '';
let store: TestStore;
let bucket = '';

beforeAll(async () => {
  store = await narrowing.store();
  [namespace, bucket] = await Promise.all([narrowing.namespace(), makeBucket(store, 'narrowing')]);
  await narrowing.operator();
});

/** Edits of Secrets that stop the operator from publishing. */
const STANDSTILLS: Readonly<Record<string, (key: NamespacedRef) => Promise<unknown>>> = {
  'the annotation of its endpoint': (ref) =>
    bed.api.patch(secretOf(ref), {
      metadata: { annotations: { 'accesskeys.dev/endpoint': 'https://minio.example.com' } },
    }),
  'its labels and owner': (ref) =>
    bed.api.patch(secretOf(ref), { metadata: { labels: null, ownerReferences: null } }),
  'its owner': async (ref) => {
    const configMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace, name: ref.metadata.name },
    };
    const { metadata } = await bed.api.create(configMap);
    const owner = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: metadata.name,
      uid: metadata.uid,
      controller: true,
    };
    return bed.api.patch(secretOf(ref), { metadata: { ownerReferences: [owner] } });
  },
};

describe('who edits a Secret can not keep what an edit of the AccessKey takes away:', () => {
  test.each(Object.entries(STANDSTILLS))('%s', async (_, stop) => {
    const ref = await narrowing.accessKey(namespace, store, limitedKey({ [bucket]: 'read_only' }));
    await ready(bed, ref);
    const pair = await readPair(bed, secretOf(ref));
    const read = () => s3Outcome(readHello(s3Client(store.minio, pair), bucket));
    expect(await read()).toBe('ok');
    await stop(ref);
    await edit(bed, ref, { bucketAccess: [] });
    await until('closed', async () => (await read()) === 'AccessDenied', 15_000);
  });
});
