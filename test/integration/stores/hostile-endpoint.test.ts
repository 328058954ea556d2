/** A tenant names endpoints that mean harm, in many stores; another tenant's key beside them must not notice. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { request } from 'undici';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createMinioStore } from '../../../src/provider/minio/admin.ts';
import { seal } from '../../../src/provider/minio/sealing.ts';
import type { Operator } from '../../bed/operator.ts';
import { fixtures, ready, reason, storeReady, type TestStore, until } from '../support/fixtures.ts';
import { untilStarted } from '../support/minio-server.ts';

const MIB = 1024 * 1024;
const hostile = await fixtures('hostile');
const { bed } = hostile;
const credentials = { accessKeyId: 'OPERATOR', secretAccessKey: 'the-operators-own-secret' };
const data = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
};

let operator: Operator;
let shop = '';
let evil = '';
let good: TestStore;
/** The times on this machine without a hostile endpoint, in ms. */
let alone: { readonly key: number; readonly sweep: number };
const servers: (Server | TcpServer)[] = [];

beforeAll(async () => {
  operator = await hostile.operator({ args: ['--namespaced-store-endpoints=*'] });
  [shop, evil] = [await hostile.namespace('shop'), await hostile.namespace('evil')];
  good = await hostile.store();
  await storeReady(bed, good.ref);
  alone = { key: Math.max(await keyTakes(), await keyTakes()), sweep: await sweepTakes() };
});
afterEach(async () => {
  const stores = await bed.api.list({
    apiVersion: 'accesskeys.dev/v1alpha1',
    kind: 'ObjectStore',
    namespace: evil,
  });
  for (const store of stores) await bed.api.delete(store);
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
});
afterAll(hostile.end);

async function listen(server: Server | TcpServer): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A store as far as the operator's check goes, and then what the answers say, by the call. */
async function serve(answers: Record<string, (response: ServerResponse) => void>) {
  const asked: Record<string, number> = {};
  const url = await listen(
    createServer((message: IncomingMessage, response) => {
      const call = /^\/minio\/admin\/v3\/([a-z-]+)/.exec(message.url ?? '')?.[1] ?? '';
      asked[call] = (asked[call] ?? 0) + 1;
      message.resume();
      response.on('error', () => {});
      const answer = answers[call];
      if (answer) answer(response);
      else response.writeHead(404).end(JSON.stringify({ Code: 'XMinioAdminNoSuchPolicy' }));
    }),
  );
  return { url, asked };
}

/** The operator's memory now, in MiB. */
async function residentMiB(): Promise<number> {
  const { body } = await request(`${await operator.httpUrl}/metrics`);
  const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(await body.text()) ?? [];
  return Number(bytes) / MIB;
}

/** Returns how long a new key of the other tenant takes, in ms. */
async function keyTakes(): Promise<number> {
  const startedAt = performance.now();
  const bucketAccess = [{ bucketName: 'photos', permissions: 'read_only' as const }];
  await ready(bed, await hostile.accessKey(shop, good, { limited: true, bucketAccess }));
  return performance.now() - startedAt;
}

/** Returns how long the first sweep of a store of the other tenant takes, in ms. */
async function sweepTakes(): Promise<number> {
  const { ref } = await hostile.store();
  const startedAt = performance.now();
  await bed.api.waitFor(
    ref,
    'swept',
    (object) => (object as { status?: { lastSyncAt?: string } })?.status?.lastSyncAt,
    { timeoutMs: 60_000 },
  );
  return performance.now() - startedAt;
}

const evilStores = (count: number, endpoint: string) =>
  Promise.all(
    Array.from({ length: count }, () => hostile.store({ namespace: evil, endpoint, credentials: data })),
  );

test('answers of 60 MiB in nested lists, from five stores: memory and other keys stay as they were', async () => {
  const nested = Buffer.concat([Buffer.from('{"servers":['), Buffer.alloc(60 * MIB, '[[],[]],')]);
  const sealed = await seal(
    credentials.secretAccessKey,
    Buffer.concat([Buffer.from('{"a":['), Buffer.alloc(60 * MIB, '[],')]),
  );
  const { url, asked } = await serve({
    info: (response) => response.end(nested),
    'list-users': (response) => response.end(sealed),
  });
  const before = await residentMiB();
  await evilStores(5, url);
  let most = 0;
  await until(
    'asked for both',
    async () => {
      most = Math.max(most, await residentMiB());
      return (asked['list-users'] ?? 0) >= 15;
    },
    60_000,
  );
  expect(await keyTakes()).toBeLessThan(10 * alone.key + 3_000);
  expect(most - before).toBeLessThan(200);
});

test('thirty stores that demand Argon2id endlessly delay other keys by one computation at most', async () => {
  const noise = Buffer.alloc(100, 0);
  const { url, asked } = await serve({ 'list-users': (response) => response.end(noise) });
  await evilStores(30, url);
  await until('asked by all', async () => (asked['list-users'] ?? 0) >= 60, 60_000);
  expect(await keyTakes()).toBeLessThan(10 * alone.key + 3_000);
  // Its list is sealed by Argon2id too, and takes turns with those of all the stores of the other namespace.
  expect(await sweepTakes()).toBeLessThan(10 * alone.sweep + 3_000);
});

test('an endpoint that hangs in the TLS handshake says so, and all keys get ready once it serves', async () => {
  const minio = await bed.startMinio({ tls: true });
  await untilStarted(
    createMinioStore({
      endpoint: minio.endpoint,
      credentials: { accessKeyId: minio.rootUser, secretAccessKey: minio.rootPassword },
      ...(minio.caPem && { caBundle: minio.caPem }),
    }),
  );
  let hangs = false;
  const sockets = new Set<Socket>();
  const relay = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    if (hangs) return;
    const onward = connect(Number(new URL(minio.endpoint).port), '127.0.0.1');
    onward.on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  const endpoint = (await listen(relay)).replace('http:', 'https:');
  const store = await hostile.store({ minio, endpoint });
  await storeReady(bed, store.ref);
  hangs = true;
  for (const socket of sockets) socket.destroy();
  const bucketAccess = [{ bucketName: 'photos', permissions: 'read_only' as const }];
  const keys = await Promise.all(
    Array.from({ length: 20 }, () => hostile.accessKey(shop, store, { limited: true, bucketAccess })),
  );
  await until(
    'said so',
    async () =>
      (await reason(bed, store.ref, 'StoreUnreachable')).message.includes('hangs in the TLS handshake'),
    60_000,
  );
  hangs = false;
  await Promise.all(keys.map((key) => ready(bed, key)));
});
