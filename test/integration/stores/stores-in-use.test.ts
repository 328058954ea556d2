/** A store that has keys, and its credentials, wait with their deletion until the keys are revoked or let go. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startProxy } from '../../bed/proxy.ts';
import {
  ALL_GRANTED,
  accessKeyRef,
  eventReasons,
  expectRevoked,
  fixtures,
  type NamespacedRef,
  namespaceRef,
  policyOf,
  readPair,
  ready,
  reason,
  secretOf,
  storeReady,
  type TestStore,
  until,
  usersOf,
} from '../support/fixtures.ts';

const used = await fixtures('in-use');
const { bed, cluster } = used;
afterAll(used.end);

let namespace = '';

beforeAll(async () => {
  namespace = await used.namespace();
  await used.operator({ args: ['--namespaced-store-endpoints=http://127.0.0.1:*'] });
});

const mayRead = {
  limited: true,
  bucketAccess: [{ bucketName: 'photos', permissions: 'read_only' as const }],
};

async function readyKeys(store: TestStore, count: number, where = namespace): Promise<NamespacedRef[]> {
  const refs = await Promise.all(Array.from({ length: count }, () => used.accessKey(where, store, mayRead)));
  await Promise.all(refs.map((ref) => ready(bed, ref)));
  return refs;
}

/** Returns the message of a store that is being deleted. */
const waiting = async ({ ref }: TestStore, count: string) =>
  (
    await bed.api.waitFor(ref, `waiting for ${count}`, (object) =>
      object?.status?.conditions?.find(
        ({ type, reason, message }) => type === 'Ready' && reason === 'Deleting' && message?.includes(count),
      ),
    )
  ).message;

test('a store without keys goes at once, and leaves its credentials as they were', async () => {
  const store = await used.store();
  await storeReady(bed, store.ref);
  const before = await bed.api.get(store.credentials);
  expect((await bed.api.get(store.ref))?.metadata.finalizers ?? []).toEqual([]);
  await bed.api.delete(store.ref);
  await bed.api.waitGone(store.ref);
  expect(await bed.api.get(store.credentials)).toEqual(before);
});

test('a key that is refused keeps no store from going', async () => {
  const store = await used.store({ grants: [] });
  const ref = await used.accessKey(namespace, store, mayRead);
  await reason(bed, ref, 'GrantDenied');
  await bed.api.delete(store.ref);
  await bed.api.waitGone(store.ref);
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
});

test('a store in use and its credentials wait, say for how many keys, serve those, and take no new ones', async () => {
  const store = await used.store();
  const [first, second] = await readyKeys(store, 2);
  if (!first || !second) throw new Error('no keys');
  await Promise.all([bed.api.delete(store.ref), bed.api.delete(store.credentials)]);
  const message = await waiting(store, '2 AccessKeys');
  expect(message).toContain(`${namespace}/${first.metadata.name}`);
  const secret = await bed.api.get(store.credentials);
  expect(secret?.metadata.deletionTimestamp).toBeDefined();
  await until('said on the Secret', async () =>
    (await eventReasons(bed, secret?.metadata.uid ?? '', store.credentials.metadata.namespace)).includes(
      'InUse',
    ),
  );

  const late = await used.accessKey(namespace, store, mayRead);
  expect((await reason(bed, late, 'StoreNotReady')).message).toContain(
    'is being deleted, and issues no new keys',
  );
  await bed.api.patch(first, { spec: { label: 'Served to the end' } });
  await bed.api.waitFor(first, 'edited', (object) => object?.status?.['label'] === 'Served to the end');

  const ids = await Promise.all(
    [first, second].map(async (ref) => (await readPair(bed, secretOf(ref))).accessKeyId),
  );
  await bed.api.delete(first);
  await waiting(store, '1 AccessKey ');
  await bed.api.delete(second);
  await Promise.all([store.ref, store.credentials].map((ref) => bed.api.waitGone(ref)));
  for (const ref of [first, second]) {
    await bed.api.waitGone(ref);
    await expectRevoked(store, policyOf(cluster, ref), ids);
  }
  expect((await reason(bed, late, 'StoreNotFound')).message).toContain(
    `there is no ClusterObjectStore ${store.name}`,
  );
  await bed.api.delete(late);
});

test('two stores share a Secret of credentials, which stays until the last of them is gone', async () => {
  const one = await used.store();
  const other = await used.store({ spec: { credentialsRef: one.credentials.metadata } });
  const [ofOne] = await readyKeys(one, 1);
  const [ofOther] = await readyKeys(other, 1);
  if (!ofOne || !ofOther) throw new Error('no keys');
  await bed.api.delete(one.credentials);
  await bed.api.delete(ofOne);
  await bed.api.waitGone(ofOne);
  await until('released by one', async () => (await bed.api.get(one.ref))?.metadata.finalizers === undefined);
  expect(await bed.api.get(one.credentials)).toBeDefined();
  await bed.api.delete(ofOther);
  await bed.api.waitGone(one.credentials);
});

test('another Secret of credentials is protected instead of the first, also by an operator that has just started', async () => {
  const store = await used.store();
  const [ref] = await readyKeys(store, 1);
  if (!ref) throw new Error('no key');
  const { rootUser: AWS_ACCESS_KEY_ID, rootPassword: AWS_SECRET_ACCESS_KEY } = store.minio;
  const next = {
    ...store.credentials,
    metadata: { ...store.credentials.metadata, name: `${store.name}-next` },
  };
  await bed.api.create({ ...next, stringData: { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } });
  const finalizers = async (of: typeof next) => (await bed.api.get(of))?.metadata.finalizers ?? [];
  await until('held', async () => (await finalizers(store.credentials)).length === 1);
  await bed.api.waitFor(store.ref, 'recorded', (seen) => seen?.status?.['credentialsSecret']);
  await bed.api.patch(store.ref, { spec: { credentialsRef: next.metadata } });
  await until('held there', async () => (await finalizers(next)).length === 1);
  await until('released here', async () => (await finalizers(store.credentials)).length === 0);
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  await until('released', async () => (await finalizers(next)).length === 0, 20_000);
  await bed.api.delete(next);
});

test('a namespace goes with its store, credentials and keys in it, and the keys are revoked', async () => {
  const home = await used.namespace('home');
  const store = await used.store({ namespace: home });
  const refs = await readyKeys(store, 3, home);
  const ids = await Promise.all(refs.map(async (ref) => (await readPair(bed, secretOf(ref))).accessKeyId));
  await bed.api.delete(namespaceRef(home));
  await bed.api.waitGone(namespaceRef(home), { timeoutMs: 60_000 });
  for (const ref of refs) await expectRevoked(store, policyOf(cluster, ref), ids);
});

test('Retain without a grant keeps no key while its store is being deleted: it is revoked when the store answers', async () => {
  const proxy = await startProxy(bed.minio.endpoint);
  const store = await used.store({ endpoint: proxy.url });
  const [ref] = await readyKeys(store, 1);
  if (!ref) throw new Error('no key');
  const pair = await readPair(bed, secretOf(ref));
  proxy.onRequest(() => ({ do: 'reset' }));
  await bed.api.delete(store.ref);
  await bed.api.delete(ref);
  await waiting(store, '1 AccessKey ');
  await bed.api.patch(ref, { spec: { deletionPolicy: 'Retain' } });
  await bed.api.waitFor(ref, 'saying what is missing', (object) => {
    const ready = object?.status?.conditions?.find(({ type }) => type === 'Ready');
    // Gone is wrong, and seen as such below.
    return !object || ready?.message?.includes('allowRetain: true');
  });
  expect((await bed.api.get(ref))?.metadata.finalizers).toEqual(['accesskeys.dev/revoke']);
  expect(await store.admin.getUser(pair.accessKeyId)).toBeDefined();
  proxy.onRequest(undefined);
  await bed.api.waitGone(ref);
  await bed.api.waitGone(store.ref);
  await expectRevoked(store, policyOf(cluster, ref), [pair.accessKeyId]);
  await proxy.close();
});

test('a store that is gone for good lets a key go that is to be retained, once its administrator grants it', async () => {
  const minio = await bed.startMinio();
  const store = await used.store({ minio });
  const [ref] = await readyKeys(store, 1);
  if (!ref) throw new Error('no key');
  await minio.stop();
  await bed.api.delete(store.ref);
  await bed.api.delete(ref);
  await waiting(store, '1 AccessKey ');
  await bed.api.patch(ref, { spec: { deletionPolicy: 'Retain' } });
  await bed.api.patch(store.ref, { spec: { grants: [{ ...ALL_GRANTED[0], allowRetain: true }] } });
  await bed.api.waitGone(ref);
  await bed.api.waitGone(store.ref);
});

test('a key made again and again keeps its store held all the while', async () => {
  const store = await used.store();
  const name = `again-${crypto.randomUUID().slice(0, 8)}`;
  const ref = accessKeyRef(namespace, name);
  for (let round = 0; round < 5; round++) {
    await used.accessKey(namespace, store, mayRead, name);
    await ready(bed, ref);
    expect((await bed.api.get(store.ref))?.metadata.finalizers).toEqual(['accesskeys.dev/in-use']);
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
  }
  expect(await usersOf(store, cluster, ref)).toEqual([]);
});
