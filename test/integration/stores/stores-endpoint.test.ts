/**
 * A store whose endpoint, credentials or cluster's name become others: no key is collected, none in force is touched.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { open, seal } from '../../../src/provider/minio/sealing.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import {
  allUsers,
  edit,
  fixtures,
  limitedKey,
  type NamespacedRef,
  readPair,
  ready,
  reason,
  secretOf,
  storeReady,
  type TestStore,
  until,
} from '../support/fixtures.ts';

const moving = await fixtures('moving');
const { bed, cluster } = moving;
afterAll(moving.end);

let namespace = '';

beforeAll(async () => {
  namespace = await moving.namespace();
  await moving.operator();
});

const mayRead = limitedKey({ photos: 'read_only' });
const mayWrite = limitedKey({ photos: 'read_write' });

async function readyKeys(store: TestStore, count: number): Promise<NamespacedRef[]> {
  const refs = await Promise.all(
    Array.from({ length: count }, () => moving.accessKey(namespace, store, mayRead)),
  );
  await Promise.all(refs.map((ref) => ready(bed, ref)));
  return refs;
}

const versionsOf = (refs: readonly NamespacedRef[]) =>
  Promise.all(refs.map(async (ref) => (await bed.api.get(ref))?.metadata.resourceVersion));

/** A server that takes whatever it is sent, answers as a MinIO without users would, and keeps it all. */
async function collector(root: Pair) {
  const requests: {
    readonly line: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: Buffer;
  }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const line = `${request.method} ${request.url}`;
      requests.push({ line, headers: request.headers, body: Buffer.concat(chunks) });
      if (line.includes('list-users'))
        return response.end(await seal(root.secretAccessKey, Buffer.from('{}')));
      if (request.method !== 'GET') return response.end();
      const Code = line.includes('policy') ? 'XMinioAdminNoSuchPolicy' : 'XMinioAdminNoSuchUser';
      return response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ Code }));
    });
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

test('a changed endpoint collects no keys: nothing is sent there before it is accepted, and never a pair from before', async () => {
  const store = await moving.store();
  const { rootUser, rootPassword } = store.minio;
  const collecting = await collector({ accessKeyId: rootUser, secretAccessKey: rootPassword });
  try {
    const [inForce, edited, deleted, lost] = await readyKeys(store, 4);
    if (!inForce || !edited || !deleted || !lost) throw new Error('no keys');
    const refs = [inForce, edited, deleted, lost];
    const pairs = await Promise.all(refs.map((ref) => readPair(bed, secretOf(ref))));
    const before = await versionsOf([inForce]);

    await bed.api.patch(store.ref, { spec: { endpoint: collecting.url } });
    const { message } = await reason(bed, store.ref, 'StoreNotReady');
    expect(message).toContain(`spec.endpoint changed from ${store.minio.endpoint} to ${collecting.url}`);
    expect(message).toContain(`spec.acceptNewEndpoint: ${collecting.url}`);
    await edit(bed, edited, mayWrite);
    await bed.api.delete(deleted);
    await bed.api.delete(secretOf(lost));
    const late = await moving.accessKey(namespace, store, mayRead);
    for (const ref of [edited, lost, late]) await reason(bed, ref, 'StoreNotReady');
    await bed.api.waitFor(deleted, 'waiting', (object) =>
      object?.status?.conditions?.find(
        ({ reason, message }) => reason === 'Deleting' && message?.includes('spec.acceptNewEndpoint'),
      ),
    );
    expect(await versionsOf([inForce])).toEqual(before);
    expect(collecting.requests).toEqual([]);

    await bed.api.patch(store.ref, { spec: { acceptNewEndpoint: collecting.url } });
    // It takes users and shows none: no pair is ever published there.
    await reason(bed, late, 'NotVerified');
    await until(
      'asked for new pairs',
      async () =>
        collecting.requests.filter(({ line }) => line.startsWith('PUT ') && line.includes('/add-user'))
          .length >= 4,
    );
    const sent = await Promise.all(
      collecting.requests.map(async ({ line, headers, body }) => {
        const sealed = line.includes('/add-user');
        const opened = sealed
          ? (await open(body, { secret: rootPassword, owner: 'test' })).toString()
          : body.toString();
        return `${line}\n${JSON.stringify(headers)}\n${opened}`;
      }),
    );
    for (const { secretAccessKey } of pairs) {
      // Only whether: a failure must not print it.
      expect(sent.some((text) => text.includes(secretAccessKey))).toBe(false);
    }
    const made = sent.filter((text) => text.includes('/add-user'));
    for (const { accessKeyId } of pairs) expect(made.some((text) => text.includes(accessKeyId))).toBe(false);
    // Applications go on with what they have, at the store where it was issued.
    for (const at of [0, 1]) {
      const ref = refs[at];
      const pair = pairs[at];
      if (!ref || !pair) throw new Error('no key');
      expect((await store.admin.probe(pair)).kind).toBe('works');
      expect((await readPair(bed, secretOf(ref))).accessKeyId).toBe(pair.accessKeyId);
    }

    await bed.api.waitGone(deleted);
    // Back where it was, with a word: every key is as before.
    await bed.api.patch(store.ref, {
      spec: { endpoint: store.minio.endpoint, acceptNewEndpoint: store.minio.endpoint },
    });
    await storeReady(bed, store.ref);
    await Promise.all([inForce, edited, lost, late].map((ref) => ready(bed, ref)));
    expect((await readPair(bed, secretOf(inForce))).accessKeyId).toBe(pairs[0]?.accessKeyId);
    // Accepting another endpoint gives up the users at the first: a sweep finds the deleted key's user as an orphan.
    expect(await store.admin.getUser(pairs[2]?.accessKeyId ?? '')).toBeDefined();
    await bed.api.waitFor(store.ref, 'counted', (seen) => Number(seen?.status?.['orphanedUsers']) > 0);
  } finally {
    await collecting.close();
  }
});

test('a new endpoint that is accepted gets every key anew, while applications still have what they had', async () => {
  const store = await moving.store();
  const other = await bed.startMinio();
  const refs = await readyKeys(store, 3);
  const before = await Promise.all(refs.map((ref) => readPair(bed, secretOf(ref))));
  const root = { AWS_ACCESS_KEY_ID: other.rootUser, AWS_SECRET_ACCESS_KEY: other.rootPassword };
  await bed.api.patch(store.credentials, { stringData: root });
  await bed.api.patch(store.ref, { spec: { endpoint: other.endpoint, acceptNewEndpoint: other.endpoint } });
  const there = await moving.store({ minio: other, name: `${store.name}-there` });
  for (const [at, ref] of refs.entries()) {
    const now = await until('issued there', async () => {
      const pair = await readPair(bed, secretOf(ref));
      return pair.accessKeyId !== before[at]?.accessKeyId && pair;
    });
    await ready(bed, ref);
    expect((await there.admin.probe(now)).kind).toBe('works');
    const old = before[at];
    if (!old) throw new Error('no pair');
    expect(await there.admin.getUser(old.accessKeyId)).toBeUndefined();
    expect((await store.admin.probe(old)).kind).toBe('works');
  }
  await Promise.all(refs.map((ref) => bed.api.delete(ref)));
  await Promise.all(refs.map((ref) => bed.api.waitGone(ref)));
  await bed.api.delete(store.ref);
  await bed.api.waitGone(store.ref);
  await other.stop();
});

test('the endpoint of a store without keys is corrected without more words', async () => {
  const store = await moving.store({ endpoint: 'http://127.0.0.1:9' });
  await reason(bed, store.ref, 'StoreUnreachable');
  await bed.api.patch(store.ref, { spec: { endpoint: store.minio.endpoint } });
  await storeReady(bed, store.ref);
});

describe('credentials that become wrong', () => {
  test.each([
    [
      'a wrong secret',
      (store: TestStore) => ({
        AWS_ACCESS_KEY_ID: store.minio.rootUser,
        AWS_SECRET_ACCESS_KEY: 'not-the-secret',
      }),
    ],
    ['an unknown user', () => ({ AWS_ACCESS_KEY_ID: 'nobody', AWS_SECRET_ACCESS_KEY: 'not-the-secret' })],
    ['half a pair', () => ({ AWS_SECRET_ACCESS_KEY: '' })],
  ])('(%s): the store says so, keys in force stay, those with work wait', async (_, wrong) => {
    const store = await moving.store();
    const [inForce, edited] = await readyKeys(store, 2);
    if (!inForce || !edited) throw new Error('no keys');
    const pair = await readPair(bed, secretOf(inForce));
    const before = await versionsOf([inForce]);
    await bed.api.patch(store.credentials, { stringData: wrong(store) });
    const { message } = await reason(bed, store.ref, 'StoreNotReady');
    expect(message).not.toContain('not-the-secret');
    await edit(bed, edited, mayWrite);
    const late = await moving.accessKey(namespace, store, mayRead);
    await Promise.all([edited, late].map((ref) => reason(bed, ref, 'StoreNotReady')));
    expect(await versionsOf([inForce])).toEqual(before);
    expect((await store.admin.probe(pair)).kind).toBe('works');
    const { rootUser: AWS_ACCESS_KEY_ID, rootPassword: AWS_SECRET_ACCESS_KEY } = store.minio;
    await bed.api.patch(store.credentials, { stringData: { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } });
    await Promise.all([edited, late].map((ref) => ready(bed, ref)));
    expect(await versionsOf([inForce])).toEqual(before);
  });
});

test('under another name of the cluster nothing is done in the store, and nothing in force is touched', async () => {
  const store = await moving.store();
  const [inForce] = await readyKeys(store, 1);
  if (!inForce) throw new Error('no key');
  await bed.api.waitFor(store.ref, 'recorded', (seen) => seen?.status?.['clusterName']);
  const before = await versionsOf([inForce]);
  await moving.restart({ args: ['--cluster-name=another'] });
  const { message } = await reason(bed, store.ref, 'StoreNotReady');
  expect(message).toContain(`carry the cluster name ${cluster.name}, but this operator uses another`);
  const late = await moving.accessKey(namespace, store, mayRead);
  await reason(bed, late, 'StoreNotReady');
  expect(await versionsOf([inForce])).toEqual(before);
  const names = [...(await allUsers(store)).values()].flatMap(({ policies }) => policies);
  expect(names.filter((name) => name.startsWith('accesskeys.another.'))).toEqual([]);
  await moving.restart();
  await ready(bed, late);
  expect(await versionsOf([inForce])).toEqual(before);
});

test('an endpoint that is spelled otherwise is the same endpoint, and its keys keep their pairs', async () => {
  const { port } = new URL(bed.minio.endpoint);
  const store = await moving.store({ endpoint: `http://localhost:${port}` });
  const [key] = await readyKeys(store, 1);
  if (!key) throw new Error('no key');
  const { accessKeyId } = await readPair(bed, secretOf(key));
  const endpoint = `http://LocalHost:${port}`;
  await bed.api.patch(store.ref, { spec: { endpoint } });
  await until(
    'its Secret names the endpoint as the store does',
    async () => {
      const { data } = (await bed.api.get(secretOf(key))) as { data?: Record<string, string> };
      return Buffer.from(data?.['AWS_ENDPOINT_URL_S3'] ?? '', 'base64').toString() === endpoint;
    },
    15_000,
  );
  expect((await ready(bed, key)).status.accessKeyId).toBe(accessKeyId);
  expect((await storeReady(bed, store.ref)).status.endpoint).toBe(endpoint);
});
