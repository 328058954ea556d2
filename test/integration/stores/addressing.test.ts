/** A store's status says whether buckets can be written into the host name: the operator has asked. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMount, type Minio } from '../../bed/minio.ts';
import { startProxy } from '../../bed/proxy.ts';
import { fixtures, makeBucket, ready, type TestStore, until } from '../support/fixtures.ts';
import { ownHosts } from '../support/own-hosts.ts';

const addressing = await fixtures('addressing');
const { bed } = addressing;
const bucketOf = (host: string) => `access-key-operator-probe.${host}`;
let minio: Minio;
let folder = '';

describe.skipIf(!canMount())('addressing', () => {
  beforeAll(async () => {
    minio = await bed.startMinio({ env: { MINIO_DOMAIN: 'minio.test' } });
    folder = await mkdtemp(join(tmpdir(), 'accesskeys-addressing-'));
    const hosts = ['minio.test', 'other.test', 'slow.test'];
    const through = await ownHosts(folder, [...hosts, ...hosts.map(bucketOf), 'alone.test']);
    await addressing.operator({ through });
  });
  afterAll(async () => {
    await addressing.end();
    await rm(folder, { recursive: true, force: true });
  });

  const at = (host: string, of = minio.endpoint) => `http://${host}:${new URL(of).port}`;
  const found = async ({ ref }: TestStore) => (await bed.api.get(ref))?.status?.['addressing'];
  const says = (store: TestStore, expected: string) =>
    until(expected, async () => (await found(store)) === expected);

  test('is VirtualHost if name and store support it, otherwise Path', async () => {
    const store = await addressing.store({ minio, endpoint: at('minio.test') });
    await says(store, 'VirtualHost');
    // A name of which the store doesn't know that it is its own.
    await bed.api.patch(store.ref, { spec: { publicEndpoint: at('other.test') } });
    await says(store, 'Path');
    await bed.api.patch(store.ref, { spec: { publicEndpoint: null } });
    await says(store, 'VirtualHost');
    // A name below which there is none.
    await bed.api.patch(store.ref, { spec: { publicEndpoint: at('alone.test') } });
    await says(store, 'Path');
  });

  test('is Path for an address', async () => {
    await says(await addressing.store({ minio }), 'Path');
  });

  test('keeps no key waiting if a bucket’s host hangs', async () => {
    const proxy = await startProxy(minio.endpoint);
    const asked = Promise.withResolvers<void>();
    const free = Promise.withResolvers<void>();
    proxy.onRequest(async () => {
      asked.resolve();
      await free.promise;
      return undefined;
    });
    try {
      const store = await addressing.store({ minio, spec: { publicEndpoint: at('slow.test', proxy.url) } });
      await asked.promise;
      const ref = await addressing.accessKey(await addressing.namespace(), store, {
        limited: true,
        bucketAccess: [{ bucketName: await makeBucket(store, 'addressing'), permissions: 'read_only' }],
      });
      await ready(bed, ref, { timeoutMs: 4_000 });
      expect(await found(store)).toBeUndefined();
      await says(store, 'Path');
      expect(proxy.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /']);
    } finally {
      free.resolve();
      await proxy.close();
    }
  });
});
