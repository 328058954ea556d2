/** An operator of two namespaces, with the Roles that the chart gives it for these and with no other right. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Operator } from '../../bed/operator.ts';
import {
  edit,
  expectRevoked,
  fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  samePair,
  secretOf,
  storeReady,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { type Installed, install } from '../support/installed.ts';

const watch = await fixtures('watch');
const { bed, cluster } = watch;
let shop: string;
let reports: string;
let elsewhere: string;
let installed: Installed;
let operator: Operator;
let stores: { readonly shop: TestStore; readonly reports: TestStore; readonly elsewhere: TestStore };
let foreign: NamespacedRef;

const mayRead = limitedKey({ photos: 'read_only' });

/** Never the object itself: a test prints what it compares. */
const isThere = async (ref: NamespacedRef) => (await bed.api.get(ref)) !== undefined;

beforeAll(async () => {
  [shop, reports, elsewhere] = await Promise.all([
    watch.namespace('shop'),
    watch.namespace('reports'),
    watch.namespace('elsewhere'),
  ]);
  stores = {
    shop: await watch.store({ namespace: shop }),
    reports: await watch.store({ namespace: reports }),
    elsewhere: await watch.store({ namespace: elsewhere }),
  };
  foreign = await watch.accessKey(elsewhere, stores.elsewhere, mayRead);
  installed = await install(watch, {
    watchNamespaces: [shop, reports],
    namespacedStores: { enabled: true, endpoints: ['*'] },
  });
  operator = await installed.start();
  await storeReady(bed, stores.shop.ref);
  await storeReady(bed, stores.reports.ref);
});
afterAll(async () => {
  await watch.end();
  await installed.remove();
});

test('the operator has Roles and no ClusterRole', () => {
  const kinds = new Set(installed.objects.map(({ kind }) => kind).filter((kind) => kind.includes('Role')));
  expect([...kinds].sort()).toEqual(['Role', 'RoleBinding']);
});

describe.each([['shop'], ['reports']] as const)('in %s', (name) => {
  test('a key is issued, edited, rotated, repaired and revoked', async () => {
    const namespace = name === 'shop' ? shop : reports;
    const { [name]: store } = stores;
    const ref = await watch.accessKey(namespace, store, mayRead);
    await ready(bed, ref);
    const first = await readPair(bed, secretOf(ref));
    expect((await store.admin.probe(first)).kind).toBe('works');

    const bucketAccess = [{ bucketName: 'photos', permissions: 'read_write' }];
    await edit(bed, ref, { bucketAccess });
    expect((await ready(bed, ref)).status.access).toContain('read_write');
    expect(samePair(await readPair(bed, secretOf(ref)), first)).toBe(true);

    await edit(bed, ref, { keyGeneration: 2, rotation: { gracePeriod: '0s' } });
    await until('rotated', async () => (await ready(bed, ref)).status.accessKeyId !== first.accessKeyId);
    await until('refused', async () => (await store.admin.probe(first)).kind !== 'works');
    const second = await readPair(bed, secretOf(ref));

    // By the Secrets' watch alone.
    await bed.api.delete(secretOf(ref));
    await until('issued anew', async () => {
      const { status } = await ready(bed, ref);
      return status.accessKeyId !== second.accessKeyId && (await isThere(secretOf(ref)));
    });
    const third = await readPair(bed, secretOf(ref));
    expect((await store.admin.probe(third)).kind).toBe('works');

    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    await expectRevoked(
      store,
      policyOf(cluster, ref),
      [first, second, third].map((pair) => pair.accessKeyId),
    );
  });
});

test('a ClusterObjectStore serves nobody, and a key that names one says so; it can be deleted', async () => {
  const store = await watch.store();
  const ref = await watch.accessKey(shop, store, mayRead);
  const { message } = await reason(bed, ref, 'StoreNotReady');
  expect(message).toContain('serves no ClusterObjectStores');
  expect(message).toContain('spec.storeRef.kind: ObjectStore');
  expect((await bed.api.get(store.ref))?.status?.conditions).toBeUndefined();
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
});

test('a key in force whose store is served no more stays in force, and waits for it when it is deleted', async () => {
  // By an operator of everything, which ends then.
  const store = await watch.store();
  const [revoked, retained] = await Promise.all([1, 2].map(() => watch.accessKey(shop, store, mayRead)));
  if (!revoked || !retained) throw new Error('no keys');
  await operator.kill();
  const whole = await watch.operator();
  const pairs = await Promise.all(
    [revoked, retained].map(async (ref) => {
      await ready(bed, ref);
      return readPair(bed, secretOf(ref));
    }),
  );
  await whole.kill();
  operator = await installed.start();
  await ready(bed, await watch.accessKey(shop, stores.shop, mayRead));
  await ready(bed, revoked);

  // Whether it may be let go only the store can say.
  await edit(bed, retained, { deletionPolicy: 'Retain' });
  await Promise.all([revoked, retained].map((ref) => bed.api.delete(ref)));
  const { message } = await reason(bed, revoked, 'Deleting');
  expect(message).toContain('the deletion waits: ');
  await reason(bed, retained, 'Deleting');
  expect(await isThere(secretOf(revoked))).toBe(false);
  expect(samePair(await readPair(bed, secretOf(retained)), pairs[1] as Pair)).toBe(true);
  for (const pair of pairs) expect((await store.admin.probe(pair)).kind).toBe('works');

  await operator.kill();
  const again = await watch.operator();
  await Promise.all([revoked, retained].map((ref) => bed.api.waitGone(ref)));
  for (const pair of pairs) expect((await store.admin.probe(pair)).kind).not.toBe('works');
  await again.kill();
  operator = await installed.start();
});

test('one of two replicas works by its Lease, and the other takes over', async () => {
  const second = await installed.start();
  const leads = (one: Operator) => one.lines.some(({ msg }) => msg === 'leading');
  expect(leads(second)).toBe(false);
  await operator.kill();
  await until('taken over', async () => leads(second), 40_000);
  const ref = await watch.accessKey(reports, stores.reports, mayRead);
  await ready(bed, ref);
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  operator = second;
});

test('the operator asked for nothing in any other namespace, nothing of the whole cluster, and nothing that is not allowed', async () => {
  expect(installed.api.requests.length).toBeGreaterThan(100);
  expect(installed.refused()).toEqual([]);
  const asked = new Set(
    installed.api.requests.map(({ path }) => {
      const { pathname } = new URL(path, 'http://api');
      return /^\/apis?(?:\/[^/]+)?\/v[^/]+\/namespaces\/([^/]+)(\/.*)?$/.exec(pathname)?.[1] ?? pathname;
    }),
  );
  expect([...asked].sort()).toEqual([shop, reports, installed.home, 'kube-system'].sort());
});

test('an AccessKey and a store of another namespace are as they were made', async () => {
  // But for what an operator of everything has done meanwhile, which served no ObjectStores.
  const untouched = await bed.api.get(stores.elsewhere.ref);
  expect(untouched?.metadata.finalizers).toBeUndefined();
  expect((await bed.api.get(foreign))?.metadata.finalizers).toBeUndefined();
  expect(await isThere(secretOf(foreign))).toBe(false);
});

describe('an operator without the Role in kube-system', () => {
  const inKubeSystem = () => installed.objects.filter(({ metadata }) => metadata.namespace === 'kube-system');

  test('says what to allow, or to write, and isn’t ready; with the UID written nothing changes for a key', async () => {
    const ref = await watch.accessKey(shop, stores.shop, mayRead);
    await ready(bed, ref);
    const pair = await readPair(bed, secretOf(ref));
    await operator.kill();
    for (const object of inKubeSystem()) await bed.api.delete(object);
    const waiting = await installed.launch();
    const said = await until('said', async () =>
      waiting.lines.find(({ msg }) => msg?.includes('may not read namespace kube-system')),
    );
    expect(said.msg).toContain('--cluster-uid');
    expect(waiting.lines.some(({ msg }) => msg === 'ready')).toBe(false);
    await waiting.kill();

    operator = await installed.start(`--cluster-uid=${cluster.uid}`);
    await edit(bed, ref, { label: 'by its UID' });
    await until('edited', async () => (await ready(bed, ref)).status.label === 'by its UID');
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    expect((await stores.shop.admin.probe(pair)).kind).not.toBe('works');
    for (const object of inKubeSystem()) await bed.api.apply(object);
  });
});

test('a namespace that is removed from the list keeps its keys as they are', async () => {
  const ref = await watch.accessKey(reports, stores.reports, mayRead);
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  await operator.kill();
  operator = await installed.start(`--watch-namespaces=${shop}`);
  const other = await watch.accessKey(shop, stores.shop, mayRead);
  await ready(bed, other);
  await edit(bed, ref, { disabled: true });
  await bed.api.delete(secretOf(ref));
  await sleep(2_000);
  expect((await stores.reports.admin.probe(pair)).kind).toBe('works');
  expect(await isThere(secretOf(ref))).toBe(false);
  await operator.kill();
  operator = await installed.start();
  await reason(bed, ref, 'Disabled');
  expect((await stores.reports.admin.probe(pair)).kind).not.toBe('works');
});
