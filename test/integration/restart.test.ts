/** The operator ends, on request or not, and starts again: what is there is found again, what was begun is finished. */
import { afterAll, expect, test } from 'vitest';
import type { StoreUser } from '../../src/store/store.ts';
import { type Proxy, startProxy } from '../bed/proxy.ts';
import {
  fixtures,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  secretOf,
  storeReady,
  type TestStore,
  until,
} from './fixtures.ts';

const restart = await fixtures('restart');
const { bed, cluster } = restart;
const api = await startProxy(bed.server, { ca: bed.caPem });
const minio = await startProxy(bed.minio.endpoint);
afterAll(async () => {
  await restart.end();
  await Promise.all([api.close(), minio.close()]);
});

const kubeconfig = await bed.kubeconfig({ server: api.url });
const namespace = await restart.namespace();
const store = await restart.store({ endpoint: minio.url });
const limited = {
  limited: true,
  bucketAccess: [{ bucketName: 'photos', permissions: 'read_write' as const }],
};

/** The requests that changed something, or might have. */
function writes({ requests }: Proxy): string[] {
  return requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
}

/** Every user of the store that is attached to the AccessKey's policy. */
async function usersOf({ admin }: TestStore, ref: NamespacedRef): Promise<StoreUser[]> {
  const policy = policyOf(cluster, ref);
  return [...(await admin.listUsers()).values()].filter((user) => user.policies.includes(policy));
}

test('a restart that finds nothing to do writes nothing but when it looked', async () => {
  const before = await restart.operator({ kubeconfig });
  const refs = await Promise.all([1, 2, 3].map(() => restart.accessKey(namespace, store, limited)));
  const keys = await Promise.all(refs.map((ref) => ready(bed, ref)));
  // Also what came of the keys is counted then, and nothing is under way any more.
  await until('the keys counted', async () => (await storeReady(bed, store.ref)).status.keys === refs.length);
  expect(await before.kill()).toEqual({ code: 0, signal: null });

  // Times in the store's status are whole seconds.
  const lastSyncAt = (await storeReady(bed, store.ref)).status.lastSyncAt;
  await until(
    'another second',
    async () => Math.floor(Date.now() / 1_000) > Date.parse(lastSyncAt ?? '') / 1_000,
  );
  api.requests.length = 0;
  minio.requests.length = 0;
  await restart.operator({ kubeconfig });
  await until('swept', async () => (await storeReady(bed, store.ref)).status.lastSyncAt !== lastSyncAt);
  // A new key comes after the ones that the start has queued.
  const added = await restart.accessKey(namespace, store, limited);
  const made = await ready(bed, added);
  const others = (path: string) =>
    !path.includes(added.metadata.name) && !path.includes(made.status.accessKeyId ?? '?');
  const mine = [
    new RegExp(`^POST /api/v1/namespaces/${namespace}/secrets\\b`),
    /^POST .*\/events\b/,
    new RegExp(`^PATCH .*/clusterobjectstores/${store.name}/status\\b`),
  ];
  expect(
    writes(api)
      .filter(others)
      .filter((write) => !mine.some((pattern) => pattern.test(write))),
  ).toEqual([]);
  expect(writes(minio).filter(others)).toEqual([]);
  expect(minio.requests.length).toBeGreaterThan(0);
  for (const [i, ref] of refs.entries()) {
    expect((await bed.api.get(ref))?.metadata.resourceVersion).toBe(keys[i]?.metadata.resourceVersion);
  }
});

test.for(['SIGTERM', 'SIGKILL'] as const)('%s in the middle of work loses nothing', async (signal) => {
  minio.onRequest(async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return undefined;
  });
  const interrupted = await restart.operator({ kubeconfig, args: ['--concurrency=4'] });
  const refs = await Promise.all(
    Array.from({ length: 24 }, () => restart.accessKey(namespace, store, limited)),
  );
  const [first] = refs;
  if (!first) throw new Error('no AccessKey');
  const states = async () =>
    (await Promise.all(refs.map((ref) => bed.api.get(ref)))).map((key) =>
      key?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
  await until('one Ready', async () => (await states()).includes(true));
  const asked = performance.now();
  const exit = await interrupted.kill(signal);
  expect(exit).toEqual(signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal });
  expect(performance.now() - asked).toBeLessThan(20_000);
  const readyThen = await states();
  expect(readyThen).toContain(false);

  const known = await Promise.all(
    refs.map(async (ref, i) => (readyThen[i] ? readPair(bed, secretOf(ref)) : undefined)),
  );
  minio.onRequest(undefined);
  await restart.operator({ kubeconfig });
  for (const [i, ref] of refs.entries()) {
    const accessKey = await ready(bed, ref);
    const pair = await readPair(bed, secretOf(ref));
    if (readyThen[i]) expect(pair.accessKeyId).toBe(known[i]?.accessKeyId);
    expect(accessKey.status.accessKeyId).toBe(pair.accessKeyId);
    expect(await store.admin.probe(pair)).toMatchObject({ kind: 'works' });
    await until('one user', async () => (await usersOf(store, ref)).length === 1);
  }
});
