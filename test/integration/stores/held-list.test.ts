/** A store that takes long to list its users: no pair lives on for that, and no deletion is forgotten. */
import { afterAll, afterEach, expect, test } from 'vitest';
import { startProxy } from '../../bed/proxy.ts';
import { sweepsOf } from '../../bed/sweeps.ts';
import {
  credentialsData,
  expectRevoked,
  fixtures,
  limitedKey,
  policyOf,
  ready,
  reason,
  storeReady,
  until,
} from '../support/fixtures.ts';
import { newPair } from '../support/minio-server.ts';

const held = await fixtures('held-list');
const { bed, cluster } = held;
const proxy = await startProxy(bed.minio.endpoint);
afterEach(() => proxy.onRequest(undefined));
afterAll(async () => {
  await held.end();
  await proxy.close();
});

const LIST = '/list-users';
/** More than the operator works on at once. */
const MANY = 40;

/** Requests of that call wait from now on, until they are let go. */
function hold(call: string) {
  const gate = Promise.withResolvers<void>();
  let count = 0;
  return {
    take: async (path: string) => {
      if (!path.includes(call)) return;
      count += 1;
      await gate.promise;
    },
    isHeld: async () => count > 0,
    letGo: gate.resolve,
  };
}

const newKey = async (store: Parameters<typeof held.accessKey>[1], namespace: string) => {
  const ref = await held.accessKey(namespace, store, limitedKey({ photos: 'read_only' }));
  const { accessKeyId = '' } = (await ready(bed, ref)).status;
  return { ref, accessKeyId };
};

test('after a restart, all pairs of deleted keys end before the list has come', async () => {
  await held.operator();
  const store = await held.store({ endpoint: proxy.url });
  const namespace = await held.namespace();
  const keys = await Promise.all(Array.from({ length: MANY }, () => newKey(store, namespace)));
  const list = hold(LIST);
  proxy.onRequest(async ({ path }) => {
    await list.take(path);
    return undefined;
  });
  const operator = await held.restart();
  await until('the list is held', list.isHeld);
  await Promise.all(keys.map(({ ref }) => bed.api.delete(ref)));
  await until('all users are removed', async () => {
    const users = await store.admin.listUsers();
    return keys.every(({ accessKeyId }) => !users.has(accessKeyId));
  });
  const [{ ref } = { ref: undefined }] = keys;
  if (!ref) throw new Error('no key');
  expect((await reason(bed, ref, 'Deleting')).message).toContain("a list of the store's users");
  list.letGo();
  await Promise.all(keys.map((key) => bed.api.waitGone(key.ref)));
  for (const key of keys) await expectRevoked(store, policyOf(cluster, key.ref), [key.accessKeyId]);
  expect(operator.lines.filter(({ level }) => String(level) === 'error')).toEqual([]);
});

test('a key is revoked while the store refuses the list', async () => {
  const store = await held.store({ endpoint: proxy.url });
  await storeReady(bed, store.ref);
  const { ref, accessKeyId } = await newKey(store, await held.namespace());
  proxy.onRequest(({ path }) =>
    path.includes(LIST) ? { do: 'answer', status: 500, body: '{"Code":"InternalError"}' } : undefined,
  );
  await held.restart();
  await until('the store says so', async () =>
    JSON.stringify((await bed.api.get(store.ref))?.status).includes('could not list the users'),
  );
  await bed.api.delete(ref);
  await until('the user is removed', async () => (await store.admin.getUser(accessKeyId)) === undefined);
  await reason(bed, ref, 'Deleting');
  proxy.onRequest(undefined);
  await bed.api.waitGone(ref);
});

test('a key is deleted at once though the credentials were replaced while the list came', async () => {
  const list = hold(LIST);
  let check: ReturnType<typeof hold> | undefined;
  proxy.onRequest(async ({ path }) => {
    await Promise.all([list.take(path), check?.take(path)]);
    return undefined;
  });
  const operator = await held.restart();
  const store = await held.store({ endpoint: proxy.url });
  await storeReady(bed, store.ref);
  const { ref, accessKeyId } = await newKey(store, await held.namespace());
  await until('the list is held', list.isHeld);

  const other = newPair();
  await store.admin.putUser(other);
  await store.admin.setUserPolicies(other.accessKeyId, ['consoleAdmin']);
  check = hold('/info-canned-policy?name=accesskeys.check');
  await bed.api.patch(store.credentials, { stringData: credentialsData(other) });
  await until('the check of the other credentials is held', check.isHeld);
  const sweeps = () => sweepsOf(operator, store.name);
  list.letGo();
  await until('swept with the first credentials', async () => sweeps() === 1);
  check.letGo();
  await until('swept with the other credentials', async () => sweeps() === 2);
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  await expectRevoked(store, policyOf(cluster, ref), [accessKeyId]);
});
