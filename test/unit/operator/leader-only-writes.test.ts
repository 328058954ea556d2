/** The fence before a real connection: what is refused is never sent. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createKubeClient } from '../../../src/kube/client.ts';
import { writeFence } from '../../../src/operator/leader-only-writes.ts';
import { createMinioStore } from '../../../src/provider/minio/admin.ts';
import { NotLeaderError } from '../../../src/runtime/not-leader-error.ts';

const seen: string[] = [];
const waiting: ServerResponse[] = [];
const server = createServer((request, response) => {
  seen.push(`${request.method} ${request.url}`);
  if (request.url === '/wait') waiting.push(response);
  else response.end('{}');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

let leads = true;
const intercept = [
  writeFence(() => {
    if (!leads) throw new NotLeaderError('not now');
  }),
];
beforeEach(() => {
  leads = true;
  seen.length = 0;
});

const kube = createKubeClient(
  {
    server: new URL(origin),
    headers: {},
    namespace: undefined,
    tls: async () => ({}),
    authorization: async () => undefined,
  },
  { userAgent: 'test', intercept },
);
const store = createMinioStore({
  endpoint: origin,
  credentials: { accessKeyId: 'root', secretAccessKey: 'of-this-test-alone' },
  intercept,
});
const pool = new Pool(origin, { connections: 1 });
afterAll(async () => {
  await Promise.all([kube.close(), store.close(), pool.destroy()]);
  server.close();
});

const userId = 'AKO22TIQWE5JF5R2DYQU';

test('who leads reads and writes', async () => {
  for (const method of ['GET', 'POST', 'PATCH', 'DELETE'] as const)
    await kube.request({ method, path: '/x' });
  await store.removeUser(userId);
  expect(seen).toHaveLength(5);
});

test.each(['POST', 'PATCH', 'DELETE'] as const)(
  'without leading a %s is not sent to the API server',
  async (method) => {
    leads = false;
    await expect(kube.request({ method, path: '/x' })).rejects.toMatchObject({
      name: 'KubeError',
      kind: 'fenced',
      message: `${method} /x: not now`,
    });
    expect(seen).toEqual([]);
    await kube.request({ method: 'GET', path: '/x' });
    expect(seen).toEqual(['GET /x']);
  },
);

test('without leading nothing is written to a store', async () => {
  leads = false;
  const pair = { accessKeyId: userId, secretAccessKey: 'x'.repeat(40) };
  const writes = [
    () => store.putUser(pair),
    () => store.removeUser(userId),
    () => store.setUserEnabled(userId, false),
    () => store.setUserPolicies(userId, ['p']),
    () => store.revokeSessions(userId),
    () => store.putPolicy('p', { ID: 'x', Version: '2012-10-17', Statement: [] }),
    () => store.removePolicy('p'),
  ];
  for (const write of writes)
    await expect(write()).rejects.toMatchObject({ name: 'StoreError', kind: 'fenced' });
  expect(seen).toEqual([]);
  await store.getPolicy('p').catch(() => {});
  expect(seen).toHaveLength(1);
});

test('a write that has waited for a free connection is looked at again when it has one', async () => {
  const one = pool.compose(...intercept);
  const first = one.request({ method: 'PUT', path: '/wait' });
  const second = one.request({ method: 'PUT', path: '/second' });
  await expect.poll(() => waiting.length).toBe(1);
  leads = false;
  waiting[0]?.end();
  expect((await first).statusCode).toBe(200);
  await expect(second).rejects.toBeInstanceOf(NotLeaderError);
  expect(seen).toEqual(['PUT /wait']);
  // The connection is as good as before.
  leads = true;
  expect((await one.request({ method: 'PUT', path: '/third' })).statusCode).toBe(200);
});
