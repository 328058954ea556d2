/** A store whose credentials can't be used any more: its keys are revoked with those that worked, and nothing else is done. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  credentialsData,
  fixtures,
  limitedKey,
  policyOf,
  readPair,
  ready,
  reason,
  secretOf,
  secretRef,
  storeReady,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { IMPATIENT } from '../support/timings.ts';

const lost = await fixtures('lost', IMPATIENT);
const { bed, cluster } = lost;

beforeAll(() => lost.operator());
afterAll(() => lost.end());

type Lose = (store: TestStore) => Promise<unknown>;

const reference = (store: TestStore, name: string) =>
  bed.api.patch(store.ref, { spec: { credentialsRef: { ...store.credentials.metadata, name } } });
/** Names a Secret of that content beside the present one. */
async function another(store: TestStore, stringData: Record<string, string>): Promise<void> {
  const ref = secretRef(store.credentials.metadata.namespace, `${store.name}-other`);
  await bed.api.create({ ...ref, stringData });
  await reference(store, ref.metadata.name);
}

test.concurrent.each<[string, Lose]>([
  ['names a Secret that does not exist', (store) => reference(store, 'nobody')],
  ['names a Secret of another form', (store) => another(store, { password: 'x' })],
  [
    'names a Secret that the store refuses',
    (store) =>
      another(store, credentialsData({ accessKeyId: 'somebody', secretAccessKey: 'something-else' })),
  ],
  [
    'has a Secret that somebody emptied',
    (store) => bed.api.patch(store.credentials, { data: { AWS_SECRET_ACCESS_KEY: null } }),
  ],
])('keys are revoked, and none is issued, while a store %s', async (_, lose) => {
  const store = await lost.store();
  await storeReady(bed, store.ref);
  const namespace = await lost.namespace();
  const key = () => lost.accessKey(namespace, store, limitedKey({ photos: 'read_only' }));
  const [deleted, kept] = [await key(), await key()];
  await Promise.all([ready(bed, deleted), ready(bed, kept)]);
  const pair = await readPair(bed, secretOf(deleted));
  const before = (await bed.api.get(store.ref))?.spec as { credentialsRef: object };
  await lose(store);
  const { message } = await reason(bed, store.ref, 'StoreNotReady');
  expect(message).toContain('the operator only revokes keys, with the credentials that worked before');
  const late = await key();
  await bed.api.delete(deleted);
  await bed.api.waitGone(deleted);
  expect((await store.admin.probe(pair)).kind).toBe('unknown');
  expect(await store.admin.getPolicy(policyOf(cluster, deleted))).toBeUndefined();
  await reason(bed, late, 'StoreNotReady');
  expect(await bed.api.get(secretOf(late))).toBeUndefined();

  const { rootUser, rootPassword } = store.minio;
  await bed.api.patch(store.credentials, {
    stringData: credentialsData({ accessKeyId: rootUser, secretAccessKey: rootPassword }),
  });
  await bed.api.patch(store.ref, { spec: { credentialsRef: before.credentialsRef } });
  await storeReady(bed, store.ref);
  await ready(bed, late);
  await until(
    'kept',
    async () => (await store.admin.probe(await readPair(bed, secretOf(kept)))).kind === 'works',
  );
});
