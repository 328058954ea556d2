/** One ClusterObjectStore, and two operators of some namespaces each that may only read it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Minio } from '../../bed/minio.ts';
import type { Operator } from '../../bed/operator.ts';
import {
  expectRevoked,
  fixtures,
  limitedKey,
  type NamespacedRef,
  namespaceRef,
  policyOf,
  readPair,
  ready,
  reason,
  samePair,
  secretOf,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { type Installed, install } from '../support/installed.ts';

const shared = await fixtures('shared');
const { bed, cluster } = shared;

interface Team {
  readonly namespace: string;
  readonly installed: Installed;
  operator: Operator;
}

let store: TestStore;
let second: Minio;
let shop: Team;
let reports: Team;

const mayRead = limitedKey({ photos: 'read_only' });

async function team(name: string): Promise<Team> {
  const namespace = await shared.namespace(name);
  await bed.api.patch(namespaceRef(namespace), { metadata: { labels: { team: 'photos' } } });
  const { metadata } = store.credentials;
  const installed = await install(shared, {
    watchNamespaces: [namespace],
    clusterObjectStores: {
      enabled: true,
      references: [{ kind: 'Secret', namespace: metadata.namespace, name: metadata.name }],
    },
  });
  return { namespace, installed, operator: await installed.start() };
}

async function issued(of: Team): Promise<{ ref: NamespacedRef; pair: Pair }> {
  const ref = await shared.accessKey(of.namespace, store, mayRead);
  await ready(bed, ref);
  return { ref, pair: await readPair(bed, secretOf(ref)) };
}

const works = async (pair: Pair) => (await store.admin.probe(pair)).kind === 'works';

beforeAll(async () => {
  second = await bed.startMinio();
  store = await shared.store({
    grants: [{ namespaces: { matchLabels: { team: 'photos' } }, buckets: ['photos'] }],
    spec: { orphans: 'Prune' },
  });
  [shop, reports] = [await team('shop'), await team('reports')];
});
afterAll(async () => {
  await shared.end();
  await Promise.all([shop, reports].map(({ installed }) => installed.remove()));
});

test('the ClusterRole reads stores and namespaces, and nothing else', () => {
  const roles = shop.installed.objects.filter(({ kind }) => kind === 'ClusterRole');
  expect(roles.map(({ rules }) => rules)).toEqual([
    [
      { apiGroups: ['accesskeys.dev'], resources: ['clusterobjectstores'], verbs: ['list', 'watch'] },
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'list', 'watch'] },
    ],
  ]);
});

test('each operator issues, edits and revokes its own keys, and the store is as it was made', async () => {
  const [one, two] = [await issued(shop), await issued(reports)];
  await bed.api.patch(one.ref, { spec: { label: 'edited' } });
  await until('edited', async () => (await ready(bed, one.ref)).status.label === 'edited');
  await bed.api.patch(one.ref, {
    spec: { bucketAccess: [{ bucketName: 'others', permissions: 'read_only' }] },
  });
  await reason(bed, one.ref, 'GrantDenied');
  await bed.api.delete(one.ref);
  await bed.api.waitGone(one.ref);
  await expectRevoked(store, policyOf(cluster, one.ref), [one.pair.accessKeyId]);
  expect(await works(two.pair)).toBe(true);
  const found = await bed.api.get(store.ref);
  expect(found?.status).toEqual({ observedGeneration: -1 });
  expect(found?.metadata.finalizers).toBeUndefined();
  expect((await bed.api.get(store.credentials))?.metadata.finalizers).toBeUndefined();
  for (const { installed } of [shop, reports]) expect(installed.refused()).toEqual([]);
  await bed.api.delete(two.ref);
  await bed.api.waitGone(two.ref);
});

test('a label that a namespace loses takes the grant with it', async () => {
  const { ref, pair } = await issued(shop);
  await bed.api.patch(namespaceRef(shop.namespace), { metadata: { labels: { team: null } } });
  await reason(bed, ref, 'GrantDenied');
  expect(await works(pair)).toBe(false);
  await bed.api.patch(namespaceRef(shop.namespace), { metadata: { labels: { team: 'photos' } } });
  await ready(bed, ref);
  expect(await works(pair)).toBe(true);
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
});

test('credentials that the operator may not read are named in the status of each key', async () => {
  const closed = await shared.store();
  const ref = await shared.accessKey(shop.namespace, closed, mayRead);
  const { message } = await reason(bed, ref, 'StoreNotReady');
  const { namespace, name } = closed.credentials.metadata;
  expect(message).toContain(`may not read Secret ${namespace}/${name}`);
  expect(message).toContain('clusterObjectStores.references');
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
});

describe('operators that only read a store go by its keys:', () => {
  test('a changed endpoint is asked for nothing about them, and a deletion waits for it, the Secret too', async () => {
    const [kept, going] = [await issued(shop), await issued(shop)];
    await bed.api.patch(store.ref, { spec: { endpoint: second.endpoint } });
    // What comes by two watches comes in any order, and a key that is as its spec says stays Issued.
    await until('the endpoint seen', async () =>
      shop.operator.lines.some(({ msg }) => msg?.includes('acceptNewEndpoint')),
    );
    await bed.api.patch(kept.ref, { spec: { label: 'later' } });
    expect((await reason(bed, kept.ref, 'StoreNotReady')).message).toContain('acceptNewEndpoint');
    await bed.api.delete(going.ref);
    expect((await reason(bed, going.ref, 'Deleting')).message).toContain('the deletion waits: ');
    // Nor after a restart.
    await shop.operator.kill();
    shop.operator = await shop.installed.start();
    await bed.api.patch(kept.ref, { spec: { label: 'later still' } });
    await reason(bed, kept.ref, 'StoreNotReady');
    for (const { ref, pair } of [kept, going]) {
      expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
      expect(await works(pair)).toBe(true);
    }
    await bed.api.patch(store.ref, { spec: { endpoint: store.minio.endpoint } });
    await bed.api.waitGone(going.ref);
    await expectRevoked(store, policyOf(cluster, going.ref), [going.pair.accessKeyId]);
    await ready(bed, kept.ref);
    expect(samePair(await readPair(bed, secretOf(kept.ref)), kept.pair)).toBe(true);
    await bed.api.delete(kept.ref);
    await bed.api.waitGone(kept.ref);
  });

  test('another cluster name stops the store, rather than having all keys made anew', async () => {
    const { ref, pair } = await issued(shop);
    await shop.operator.kill();
    shop.operator = await shop.installed.start('--cluster-name=other');
    const late = await shared.accessKey(shop.namespace, store, mayRead);
    expect((await reason(bed, late, 'StoreNotReady')).message).toContain('another cluster name than other');
    await ready(bed, ref);
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
    await shop.operator.kill();
    shop.operator = await shop.installed.start();
    await ready(bed, late);
    expect(await works(pair)).toBe(true);
    for (const key of [ref, late]) {
      await bed.api.delete(key);
      await bed.api.waitGone(key);
    }
  });
});
