/** The operator ends, on request or not, and starts again: what is there is found again, what was begun is finished. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { type RequestRecord, startProxy } from '../../bed/proxy.ts';
import { fixtures, readPair, ready, secretOf, storeReady, until, usersOf } from '../support/fixtures.ts';

const restart = await fixtures('restart', { addsFinalizers: true });
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

const start = (args: readonly string[] = []) => restart.restart({ kubeconfig, args });

/** The requests that changed something, or might have. */
function writes(requests: readonly RequestRecord[]): string[] {
  return requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
}

test('a restart that finds nothing to do writes only the time of its sweep', async () => {
  const before = await start();
  const refs = await Promise.all([1, 2, 3].map(() => restart.accessKey(namespace, store, limited)));
  const keys = await Promise.all(refs.map((ref) => ready(bed, ref)));
  // Also what came of the keys is counted then, and nothing is under way any more.
  await until('the keys counted and the store swept', async () => {
    const { keys: counted, lastSyncAt: swept } = (await storeReady(bed, store.ref)).status;
    return counted === refs.length && swept !== undefined;
  });
  expect(await before.kill()).toEqual({ code: 0, signal: null });

  // Times in the store's status are whole seconds.
  const lastSyncAt = (await storeReady(bed, store.ref)).status.lastSyncAt;
  await until(
    'another second',
    async () => Math.floor(Date.now() / 1_000) > Date.parse(lastSyncAt ?? '') / 1_000,
  );
  api.requests.length = 0;
  minio.requests.length = 0;
  await start();
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
    writes(api.requests)
      .filter(others)
      .filter((write) => !mine.some((pattern) => pattern.test(write))),
  ).toEqual([]);
  expect(writes(minio.requests).filter(others)).toEqual([]);
  expect(minio.requests.length).toBeGreaterThan(0);
  for (const [i, ref] of refs.entries()) {
    expect((await bed.api.get(ref))?.metadata.resourceVersion).toBe(keys[i]?.metadata.resourceVersion);
  }
});

test.for(['SIGTERM', 'SIGKILL'] as const)('%s in the middle of work loses nothing', async (signal) => {
  minio.onRequest(async () => {
    await sleep(30);
    return undefined;
  });
  const interrupted = await start(['--concurrency=4']);
  const refs = await Promise.all(
    Array.from({ length: 24 }, () => restart.accessKey(namespace, store, limited)),
  );
  /** The ids that are published so far. */
  const published = async () => {
    const secrets = await Promise.all(refs.map((ref) => bed.api.get(secretOf(ref))));
    return secrets.map((secret) => secret?.data?.['AWS_ACCESS_KEY_ID']);
  };
  await until('one published', async () => (await published()).some((id) => id !== undefined));
  const asked = performance.now();
  const exit = await interrupted.kill(signal);
  expect(exit).toEqual(signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal });
  expect(performance.now() - asked).toBeLessThan(20_000);
  const before = await published();
  expect(before).toContain(undefined);

  minio.onRequest(undefined);
  await start();
  await Promise.all(refs.map((ref) => ready(bed, ref)));
  const after = await published();
  // What was published stays, whether or not its status could be written.
  expect(before.filter((id, i) => id !== undefined && id !== after[i])).toEqual([]);
  for (const ref of refs) {
    const pair = await readPair(bed, secretOf(ref));
    expect(await store.admin.probe(pair)).toMatchObject({ kind: 'works' });
  }
  await until('one user for each', async () => {
    const counts = await Promise.all(refs.map(async (ref) => (await usersOf(store, cluster, ref)).length));
    return counts.every((count) => count === 1);
  });
});
