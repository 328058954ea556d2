/**
 * Operators of one cluster, each of some namespaces, share a MinIO: neither takes the other's users for anything of its
 * own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoreObject } from '../../../src/objectstore/store-kinds.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Minio } from '../../bed/minio.ts';
import type { Operator } from '../../bed/operator.ts';
import {
  fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  samePair,
  secretOf,
  storeReady,
  type TestStore,
  touch,
  until,
} from '../support/fixtures.ts';
import { type Installed, install } from '../support/installed.ts';
import { sweeper } from '../support/sweeper.ts';

const apart = await fixtures('apart');
const { bed, cluster } = apart;
const HOUR = 3_600_000;

/** One team: its namespace, its store in the MinIO that all share, and its operator. */
interface Team {
  readonly namespace: string;
  readonly store: TestStore;
  readonly installed: Installed;
  operator: Operator;
}

let shop: Team;
let reports: Team;

const mayRead = limitedKey({ photos: 'read_only' });
const namespacedStores = { enabled: true, endpoints: ['*'] };

async function team(minio: Minio, name: string, orphans: string): Promise<Team> {
  const namespace = await apart.namespace(name);
  const store = await apart.store({ minio, namespace, spec: { orphans, resyncInterval: '1m' } });
  const installed = await install(apart, { watchNamespaces: [namespace], namespacedStores });
  const operator = await installed.start();
  await storeReady(bed, store.ref);
  return { namespace, store, installed, operator };
}

async function issued(of: Team): Promise<{ ref: NamespacedRef; pair: Pair }> {
  const ref = await apart.accessKey(of.namespace, of.store, mayRead);
  await ready(bed, ref);
  return { ref, pair: await readPair(bed, secretOf(ref)) };
}

/** Removes an AccessKey past its finalizer, while its operator is away: its user is an orphan then. */
async function orphaned(of: Team): Promise<{ ref: NamespacedRef; pair: Pair }> {
  const key = await issued(of);
  await of.operator.kill();
  await bed.api.patch(key.ref, { metadata: { finalizers: null } });
  await bed.api.delete(key.ref);
  await bed.api.waitGone(key.ref);
  of.operator = await of.installed.start();
  return key;
}

/** Returns the orphans in the status of a team's store after a new sweep, which a start causes. */
async function orphansOf(of: Team): Promise<unknown> {
  await of.operator.kill();
  const startedAt = Date.now();
  of.operator = await of.installed.start();
  return bed.api.waitFor(of.store.ref, 'swept', (object) => {
    const { lastSyncAt, orphanedUsers } = object?.status ?? {};
    return Date.parse(String(lastSyncAt)) >= startedAt - 1_000 && { orphanedUsers };
  });
}

beforeAll(async () => {
  // Of their own: who looks at all users of a store would else count what other tests leave for a moment.
  const minio = await bed.startMinio();
  [shop, reports] = [await team(minio, 'shop', 'Prune'), await team(minio, 'reports', 'Disable')];
});
afterAll(async () => {
  await apart.end();
  await Promise.all([shop, reports].map(({ installed }) => installed.remove()));
});

const works = async (pair: Pair) => (await shop.store.admin.probe(pair)).kind === 'works';

test('each operator issues, edits and revokes its own keys, and counts none of the other’s', async () => {
  const [one, two] = [await issued(shop), await issued(reports)];
  expect(await orphansOf(shop)).toEqual({ orphanedUsers: 0 });
  expect(await orphansOf(reports)).toEqual({ orphanedUsers: 0 });
  await bed.api.patch(one.ref, { spec: { disabled: true } });
  await until('disabled', async () => !(await works(one.pair)));
  expect(await works(two.pair)).toBe(true);
  await bed.api.delete(one.ref);
  await bed.api.waitGone(one.ref);
  expect(await shop.store.admin.getUser(one.pair.accessKeyId)).toBeUndefined();
  expect(await works(two.pair)).toBe(true);
  expect(samePair(await readPair(bed, secretOf(two.ref)), two.pair)).toBe(true);
  await bed.api.delete(two.ref);
  await bed.api.waitGone(two.ref);
});

test('an orphan is counted by the operator of its namespace, and by nobody else', async () => {
  const { pair } = await orphaned(reports);
  expect(await orphansOf(reports)).toEqual({ orphanedUsers: 1 });
  expect(await orphansOf(shop)).toEqual({ orphanedUsers: 0 });
  await reports.store.admin.removeUser(pair.accessKeyId);
  expect(await orphansOf(reports)).toEqual({ orphanedUsers: 0 });
});

/** The sweep of an operator of those namespaces, by a clock of the test's own. */
async function operatorOf(of: Team, isWatched: (namespace: string) => boolean, kubeconfig?: string) {
  const { sweep, ...rest } = await sweeper(apart, of.store, {
    namespace: of.namespace,
    isWatched,
    ...(kubeconfig !== undefined && { kubeconfig }),
  });
  return {
    ...rest,
    sweep: async (orphans: StoreObject['spec']['orphans']) => (await sweep({ orphans })).orphanedUsers,
  };
}

describe('over hours', () => {
  test.each(['Disable', 'Prune'] as const)(
    'an operator that says %s does so to its own orphans, and nothing to any user of the other’s',
    async (orphans) => {
      const [own, other] = [await issued(shop), await issued(reports)];
      const [ownOrphan, otherOrphan] = [await orphaned(shop), await orphaned(reports)];
      const all = [own, other, ownOrphan, otherOrphan];
      for (const { pair } of all) expect(await works(pair)).toBe(true);
      const judge = await operatorOf(shop, (namespace) => namespace === shop.namespace);
      expect(await judge.sweep(orphans)).toBe(1);
      judge.later(HOUR - 1_000);
      expect(await judge.sweep(orphans)).toBe(1);
      for (const { pair } of all) expect(await works(pair)).toBe(true);
      judge.later(2_000);
      expect(await judge.sweep(orphans)).toBe(1);
      expect(await works(ownOrphan.pair)).toBe(false);
      const user = await shop.store.admin.getUser(ownOrphan.pair.accessKeyId);
      expect(user?.enabled).toBe(orphans === 'Disable' ? false : undefined);
      for (const { pair } of [own, other, otherOrphan]) expect(await works(pair)).toBe(true);
      judge.later(24 * HOUR);
      expect(await judge.sweep(orphans)).toBe(orphans === 'Disable' ? 1 : 0);
      for (const { pair } of [own, other, otherOrphan]) expect(await works(pair)).toBe(true);

      // What this test would see of an operator that took all namespaces for its own.
      const blind = await operatorOf(shop, () => true);
      const seen = await blind.sweep('Report');
      expect(seen).toBe(orphans === 'Disable' ? 3 : 2);

      await Promise.all([judge.close(), blind.close()]);
      for (const { pair, ref } of [ownOrphan, otherOrphan]) {
        await shop.store.admin.removeUser(pair.accessKeyId);
        await shop.store.admin.removePolicy(policyOf(cluster, ref));
      }
      for (const { ref } of [own, other]) {
        await bed.api.delete(ref);
        await bed.api.waitGone(ref);
      }
    },
  );
});

test('over hours a key that the cache has missed is read before its user is touched, and left alone if that read is forbidden', async () => {
  const own = await issued(shop);
  const nobody = await bed.kubeconfig({ serviceAccount: { namespace: shop.namespace, name: 'nobody' } });
  for (const kubeconfig of [bed.adminKubeconfig, nobody]) {
    const judge = await operatorOf(shop, (namespace) => namespace === shop.namespace, kubeconfig);
    judge.overlook(own.ref);
    expect(await judge.sweep('Prune')).toBe(1);
    judge.later(2 * HOUR);
    expect(await judge.sweep('Prune')).toBe(1);
    expect(await works(own.pair)).toBe(true);
    await judge.close();
  }
  await bed.api.delete(own.ref);
  await bed.api.waitGone(own.ref);
});

test('over hours a name that is used again for another store leaves the earlier user an orphan', async () => {
  const { ref, pair } = await orphaned(shop);
  await apart.accessKey(shop.namespace, { ...shop.store, name: 'nowhere' }, mayRead, ref.metadata.name);
  const judge = await operatorOf(shop, (namespace) => namespace === shop.namespace);
  expect(await judge.sweep('Prune')).toBe(1);
  judge.later(2 * HOUR);
  expect(await judge.sweep('Prune')).toBe(1);
  expect(await shop.store.admin.getUser(pair.accessKeyId)).toBeUndefined();
  await judge.close();
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
});

test('a key of a namespace that was taken from the list is nobody’s orphan', async () => {
  const { ref, pair } = await issued(reports);
  await reports.operator.kill();
  const both = await install(apart, {
    watchNamespaces: [shop.namespace, reports.namespace],
    namespacedStores,
  });
  await shop.operator.kill();
  const operator = await both.start();
  await touch(bed, ref);
  await ready(bed, ref);
  await operator.kill();
  await bed.api.patch(ref, { metadata: { finalizers: null } });
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  shop.operator = await shop.installed.start();
  expect(await orphansOf(shop)).toEqual({ orphanedUsers: 0 });
  await sleep(500);
  expect(await works(pair)).toBe(true);
  await both.remove();
  await shop.store.admin.removeUser(pair.accessKeyId);
  reports.operator = await reports.installed.start();
});
