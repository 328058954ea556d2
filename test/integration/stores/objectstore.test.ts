/** ObjectStores serve their own namespace alone, if the operator serves any ObjectStores. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seal } from '../../../src/provider/minio/sealing.ts';
import {
  credentialsData,
  edit,
  fixtures,
  limitedKey,
  makeBucket,
  readHello,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  secretOf,
  storeReady,
  type TestStore,
  until,
} from '../support/fixtures.ts';

const own = await fixtures('own-store');
const { bed } = own;
afterAll(own.end);

let home = '';
let elsewhere = '';

beforeAll(async () => {
  [home, elsewhere] = await Promise.all([own.namespace('home'), own.namespace('elsewhere')]);
  await own.operator({
    args: ['--namespaced-store-endpoints=http://127.0.0.1:*,https://*.tenants.example:9000'],
  });
});

test('everything is granted in its own namespace, and nothing in another', async () => {
  const store = await own.store({ namespace: home });
  const bucket = await makeBucket(store, 'own-store');
  const unrestricted = await own.accessKey(home, store);
  await ready(bed, unrestricted);
  const s3 = s3Client(store.minio, await readPair(bed, secretOf(unrestricted)));
  await readHello(s3, bucket);
  expect(await s3Outcome(s3.putObject(bucket, 'more', 'more'))).toBe('ok');
  const limited = await own.accessKey(home, store, {
    ...limitedKey({ [bucket]: 'read_only' }),
    deletionPolicy: 'Retain',
  });
  await ready(bed, limited);
  await edit(bed, limited, { deletionPolicy: 'Delete' });

  const reaching = await own.accessKey(elsewhere, store);
  expect((await reason(bed, reaching, 'StoreNotFound')).message).toContain(
    `there is no ObjectStore ${store.name}`,
  );
  // A ClusterObjectStore of the same name is another store.
  const namesake = await own.store({ name: store.name, grants: [] });
  const refused = await own.accessKey(home, namesake);
  await reason(bed, refused, 'GrantDenied');
  await ready(bed, unrestricted);
});

test('credentials and CA are read in its own namespace, and in no other', async () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: elsewhere, name: 'of-another' } };
  const { rootUser: accessKeyId, rootPassword: secretAccessKey } = bed.minio;
  await bed.api.create({ ...secret, stringData: credentialsData({ accessKeyId, secretAccessKey }) });
  const store = await own.store({
    namespace: home,
    credentials: null,
    spec: { credentialsRef: { name: 'of-another' } },
  });
  expect((await reason(bed, store.ref, 'StoreNotReady')).message).toContain(
    `there is no Secret ${home}/of-another`,
  );
  const refused = bed.api.patch(store.ref, { spec: { credentialsRef: { namespace: elsewhere } } });
  // The API server drops what the schema doesn't have: it never reaches the operator.
  expect((await refused).spec?.['credentialsRef']).toEqual({ name: 'of-another' });
});

test('an endpoint that the operator must not serve gets no request, and the store names who may allow it', async () => {
  const { url, requests, close } = await serve((_, response) => response.end());
  try {
    const port = new URL(url).port;
    const store = await own.store({ namespace: home, endpoint: `http://localhost:${port}` });
    expect((await reason(bed, store.ref, 'StoreNotReady')).message).toContain(
      `http://localhost:${port} is not among the endpoints that ObjectStores may name here`,
    );
    expect(requests).toEqual([]);
    await bed.api.patch(store.ref, { spec: { endpoint: store.minio.endpoint } });
    await storeReady(bed, store.ref);
  } finally {
    await close();
  }
});

async function serve(listener: RequestListener) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    response.on('error', () => {});
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('a hostile store behind an ObjectStore', () => {
  let good: TestStore;
  beforeAll(async () => {
    good = await own.store();
  });

  const names = ['__proto__', 'constructor', 'toString', '<script>', '../../etc', '\u0000'];
  const hostile: readonly (readonly [string, RequestListener])[] = [
    [
      'redirects to the metadata service of a cloud',
      (_, response) =>
        void response.writeHead(302, { location: 'http://127.0.0.1:1/latest/meta-data/' }).end(),
    ],
    [
      'never ends its answer',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write('a'.repeat(16_384)), 5);
        response.on('close', () => clearInterval(timer));
      },
    ],
    ['never answers', () => {}],
    [
      'lists users by the names of JavaScript',
      async (request, response) => {
        if (!request.url?.includes('list-users')) {
          response.writeHead(404, { 'content-type': 'application/json' });
          return void response.end('{"Code":"XMinioAdminNoSuchPolicy"}');
        }
        const users = names.map(
          (name) => `${JSON.stringify(name)}:{"status":"enabled","policyName":${JSON.stringify(name)}}`,
        );
        response.end(await seal(bed.minio.rootPassword, Buffer.from(`{${users.join(',')}}`)));
      },
    ],
    [
      'answers with its own words',
      (_, response) =>
        void response.writeHead(400).end('{"Code":"<b>Hello</b>","Message":"<script>alert(1)</script>"}'),
    ],
  ];

  test.each(hostile)('(%s) harms nobody else, and no word of it is shown', async (_, listener) => {
    const { url, requests, close } = await serve(listener);
    try {
      const store = await own.store({ namespace: home, endpoint: url });
      const hopeless = await own.accessKey(home, store);
      await until('asked', async () => requests.length > 0);
      const served = await own.accessKey(home, good);
      await ready(bed, served, { timeoutMs: 10_000 });
      const seen = JSON.stringify([await bed.api.get(store.ref), await bed.api.get(hopeless)]);
      expect(seen).not.toMatch(/script|__proto__|meta-data|Hello/);
      await bed.api.delete(hopeless);
      await bed.api.patch(hopeless, { metadata: { finalizers: null } }).catch(() => {});
      await bed.api.patch(store.ref, { metadata: { finalizers: null } }).catch(() => {});
      await bed.api.delete(store.ref);
    } finally {
      await close();
    }
  });
});

test('without the flag no ObjectStore is served', async () => {
  await own.restart();
  const store = await own.store({ namespace: elsewhere });
  expect((await reason(bed, store.ref, 'StoreNotReady')).message).toContain(
    'this operator serves no ObjectStores',
  );
  await own.restart({ args: ['--namespaced-store-endpoints=*'] });
  await storeReady(bed, store.ref);
});
