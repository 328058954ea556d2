/** The Kubernetes client against the real API server, through a proxy that counts and breaks connections. */
import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createKubeClient, type KubeClient } from '../../../src/kube/client.ts';
import type { Connection } from '../../../src/kube/connection.ts';
import {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isInvalid,
  isNotFound,
  KubeError,
} from '../../../src/kube/errors.ts';
import { createEventRecorder } from '../../../src/kube/events.ts';
import { loadConnection } from '../../../src/kube/load-connection.ts';
import type { ConfigMap, KubeObject, Secret } from '../../../src/kube/objects.ts';
import { kubeResource } from '../../../src/kube/resource.ts';
import { type Proxy as FaultProxy, startProxy } from '../../bed/proxy.ts';
import { bedContext } from '../support/bed-context.ts';

const { bed, namespace: makeNamespace } = await bedContext();
const namespace = await makeNamespace('client');
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const clients: KubeClient[] = [];
let proxy: FaultProxy;

function client(
  options: {
    authorization?: Connection['authorization'];
    timeoutMs?: number;
    server?: string;
    now?: () => number;
  } = {},
) {
  const connection: Connection = {
    server: new URL(options.server ?? proxy.url),
    headers: {},
    namespace: undefined,
    tls: async () => ({ ca: bed.caPem }),
    authorization: options.authorization ?? (async () => `Bearer ${bed.adminToken}`),
  };
  const { timeoutMs = 10_000, now = Date.now } = options;
  const made = createKubeClient(connection, { userAgent: 'test', timeoutMs, now });
  clients.push(made);
  return made;
}

const core = (client: KubeClient, plural: string) => ({
  client,
  group: '',
  version: 'v1',
  plural,
  namespaced: true,
});
const configMaps = (through = client()) => kubeResource<ConfigMap>(core(through, 'configmaps'));
const secrets = (through = client()) => kubeResource<Secret>(core(through, 'secrets'));
const named = (name: string) => ({ metadata: { name, namespace } });

test('connections that hang in the TLS handshake are given up, and the pool serves again', async () => {
  let hangs = true;
  const sockets = new Set<Socket>();
  const relay = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    if (hangs) return;
    const onward = connect(Number(new URL(bed.server).port), '127.0.0.1');
    onward.on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  try {
    const server = `https://127.0.0.1:${(relay.address() as AddressInfo).port}`;
    const through = client({ server });
    const ask = (timeoutMs: number) => through.request({ method: 'GET', path: '/version', timeoutMs });
    // More than the pool has.
    const hanging = await Promise.allSettled(Array.from({ length: 40 }, () => ask(500)));
    expect(hanging.every(({ status }) => status === 'rejected')).toBe(true);
    expect(sockets.size).toBeGreaterThan(30);
    hangs = false;
    // The last of those that hang are given up after ten seconds.
    await expect.poll(() => ask(1_000).then(() => 'served', String), { timeout: 20_000 }).toBe('served');
    await Promise.all(Array.from({ length: 40 }, () => ask(15_000)));
  } finally {
    relay.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** The error of a call, which has to fail. */
async function errorOf(call: Promise<unknown>): Promise<KubeError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(KubeError);
  return error as KubeError;
}

beforeAll(async () => {
  proxy = await startProxy(bed.server, { ca: bed.caPem });
});
afterEach(async () => {
  proxy.onRequest(undefined);
  await Promise.all(clients.splice(0).map((each) => each.close()));
});
afterAll(() => proxy.close());

describe('the client', () => {
  test('creates, reads, patches, lists in pages and deletes objects', async () => {
    const maps = configMaps();
    const made = await maps.create({ ...named('a'), data: { a: '1' } }, { fieldManager: 'test' });
    expect((await maps.get('a', namespace)).metadata.uid).toBe(made.metadata.uid);
    const merged = await maps.patch('a', namespace, { data: { b: '2' } });
    expect(merged.data).toEqual({ a: '1', b: '2' });
    for (const name of ['b', 'c'])
      await maps.create({ metadata: { name, namespace, labels: { page: 'yes' } } });
    const first = await maps.list({ namespace, limit: 1, labelSelector: 'page=yes' });
    const second = await maps.list({
      namespace,
      limit: 10,
      labelSelector: 'page=yes',
      continue: first.metadata.continue,
    });
    expect([...first.items, ...second.items].map(({ metadata }) => metadata.name)).toEqual(['b', 'c']);
    expect(second.metadata.continue).toBeUndefined();
    for (const name of ['a', 'b', 'c']) await maps.delete(name, namespace);
    expect(isNotFound(await errorOf(maps.get('a', namespace)))).toBe(true);
  });

  test('leaves nothing behind in a dry run', async () => {
    const maps = configMaps();
    await maps.create(named('dry'), { dryRun: true });
    expect(isNotFound(await errorOf(maps.get('dry', namespace)))).toBe(true);
  });

  test('refuses a write that is bound to another uid or version', async () => {
    const maps = configMaps();
    const old = await maps.create(named('bound'));
    await maps.patch('bound', namespace, { data: { a: '1' } });
    const { resourceVersion } = old.metadata;
    const stale = { metadata: { resourceVersion }, data: { a: '2' } };
    expect(isConflict(await errorOf(maps.patch('bound', namespace, stale)))).toBe(true);
    expect(isConflict(await errorOf(maps.delete('bound', namespace, { resourceVersion })))).toBe(true);
    expect(isConflict(await errorOf(maps.delete('bound', namespace, { uid: randomUUID() })))).toBe(true);
    await maps.delete('bound', namespace, { uid: old.metadata.uid });
  });

  test('never takes an empty name or a missing namespace for a collection', async () => {
    const maps = configMaps();
    const before = proxy.requests.length;
    await expect(maps.delete('', namespace)).rejects.toThrow(TypeError);
    await expect(maps.delete('a', undefined)).rejects.toThrow(TypeError);
    await expect(maps.get('..', namespace)).rejects.toThrow(TypeError);
    await expect(maps.create({ metadata: { name: 'a' } })).rejects.toThrow(TypeError);
    expect(proxy.requests.length).toBe(before);
  });
});

describe('a failure of the client', () => {
  test('has its kind and says what was asked', async () => {
    const maps = configMaps();
    await maps.create(named('twice'));
    const exists = await errorOf(maps.create(named('twice')));
    expect([isAlreadyExists(exists), isConflict(exists)]).toEqual([true, false]);
    expect(exists.message).toBe(
      `create configmaps ${namespace}/twice: 409 AlreadyExists: configmaps "twice" already exists`,
    );
    expect(isInvalid(await errorOf(maps.create(named('Not A Name'))))).toBe(true);
    const anonymous = client({ authorization: async () => undefined });
    expect(isForbidden(await errorOf(configMaps(anonymous).get('twice', namespace)))).toBe(true);
  });

  test('never quotes a Secret that is refused', async () => {
    const value = Buffer.from('hunter2hunter2').toString('base64');
    const body = { data: { 'not a key': value, [value]: 7 }, type: value };
    const error = await errorOf(secrets().create({ ...named('bad'), ...(body as object) }));
    expect(isInvalid(error)).toBe(true);
    for (const text of [value, 'hunter2hunter2'])
      expect(JSON.stringify([error, error.message, error.cause])).not.toContain(text);
  });

  test('by an expired token leads to one more read of the token', async () => {
    const asked: boolean[] = [];
    const authorization = async ({ fresh = false } = {}) => {
      asked.push(fresh);
      return fresh ? `Bearer ${bed.adminToken}` : 'Bearer expired';
    };
    const maps = configMaps(client({ authorization }));
    await maps.create({ ...named('renewed') });
    expect(asked).toEqual([false, true]);
    const refused = await errorOf(
      configMaps(client({ authorization: async () => 'Bearer wrong' })).get('renewed', namespace),
    );
    expect([refused.status, refused.message.includes('wrong')]).toEqual([401, false]);
  });

  test('on a broken connection is retried for a GET, and not for a write', async () => {
    const maps = configMaps();
    let resets = 0;
    proxy.onRequest(() => (resets++ === 0 ? { do: 'reset' } : undefined));
    await maps.list({ namespace });
    expect(resets).toBe(2);
    resets = 0;
    const error = await errorOf(maps.create(named('broken')));
    expect([error.kind, error.status, resets]).toEqual(['unreachable', 0, 1]);
    proxy.onRequest(() => ({ do: 'reset' }));
    expect((await errorOf(maps.list({ namespace }))).kind).toBe('unreachable');
  });

  test('is of one of three kinds for a timeout, a caller that gives up and a server that is away', async () => {
    const held = Promise.withResolvers<undefined>();
    proxy.onRequest(() => held.promise);
    expect((await errorOf(configMaps(client({ timeoutMs: 200 })).list({ namespace }))).kind).toBe('timeout');
    const abort = new AbortController();
    const listing = errorOf(configMaps().list({ namespace, signal: abort.signal }));
    setTimeout(() => abort.abort(new Error('enough')), 50);
    expect((await listing).kind).toBe('aborted');
    const given = { namespace, signal: AbortSignal.abort() };
    expect((await errorOf(configMaps().list(given))).kind).toBe('aborted');
    held.resolve(undefined);
    const nobody = await errorOf(configMaps(client({ server: 'http://127.0.0.1:1' })).list({ namespace }));
    expect(nobody.message).toBe(
      `list configmaps in ${namespace}: the API server could not be reached (ECONNREFUSED)`,
    );
  });

  test('comes in time if an answer hangs in the middle of its body', async () => {
    proxy.onRequest(() => ({ do: 'hang', afterBytes: 10 }));
    expect((await errorOf(configMaps(client({ timeoutMs: 300 })).list({ namespace }))).kind).toBe('timeout');
  });

  test('hands on Retry-After, and is malformed for what is not JSON', async () => {
    proxy.onRequest(() => ({
      do: 'answer',
      status: 429,
      headers: { 'retry-after': '7' },
      body: 'slow down',
    }));
    const busy = await errorOf(configMaps().list({ namespace }));
    expect([busy.status, busy.retryAfterMs]).toEqual([429, 7_000]);
    proxy.onRequest(() => ({
      do: 'answer',
      status: 200,
      body: '<html>a page of something in between</html>',
    }));
    const page = await errorOf(configMaps().list({ namespace }));
    expect([page.kind, page.message.includes('html')]).toEqual(['malformed', false]);
    proxy.onRequest(() => ({ do: 'answer', status: 302, headers: { location: 'http://127.0.0.1:1/' } }));
    expect((await errorOf(configMaps().list({ namespace }))).status).toBe(302);
  });
});

test('500 reads take few connections, one after the other a single one', async () => {
  const maps = configMaps();
  await maps.create(named('read'));
  const before = proxy.connections;
  for (let n = 0; n < 100; n++) await maps.get('read', namespace);
  expect(proxy.connections - before).toBeLessThanOrEqual(1);
  await Promise.all(Array.from({ length: 400 }, () => maps.get('read', namespace)));
  expect(proxy.connections - before).toBeLessThanOrEqual(32);
});

test('a kubeconfig leads to the API server', async () => {
  const connection = await loadConnection({ env: { KUBECONFIG: bed.adminKubeconfig } });
  const made = createKubeClient(connection, { userAgent: 'test' });
  clients.push(made);
  expect((await configMaps(made).list({ namespace })).metadata.resourceVersion).toMatch(/^\d+$/);
});

test('the client checks the CA over TLS', async () => {
  const direct = client({ server: bed.server });
  await configMaps(direct).list({ namespace });
  const tls = async () => ({});
  const connection = {
    server: new URL(bed.server),
    headers: {},
    namespace: undefined,
    tls,
    authorization: async () => undefined,
  };
  const untrusting = createKubeClient(connection, { userAgent: 'test' });
  clients.push(untrusting);
  const error = await errorOf(configMaps(untrusting).list({ namespace }));
  expect([error.kind, error.message]).toEqual([
    'unreachable',
    expect.stringMatching(/SELF_SIGNED|UNABLE_TO/),
  ]);
});

test('watches do not keep requests waiting', async () => {
  const through = client();
  const abort = new AbortController();
  const options = { resourceVersion: '0', timeoutSeconds: 60, idleTimeoutMs: 60_000, signal: abort.signal };
  const watches = Array.from({ length: 40 }, async () => {
    for await (const _ of configMaps(through).listWatch({ namespace }).watch(options));
  });
  const settled = Promise.allSettled(watches);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await configMaps(through).list({ namespace, timeoutMs: 2_000 });
  abort.abort();
  expect((await settled).every(({ status }) => status === 'rejected')).toBe(true);
});

test("the client compares the API server's clock with its own", async () => {
  const ahead = client({ now: () => Date.now() + 120_000 });
  expect(ahead.clockSkewMs()).toBeUndefined();
  await configMaps(ahead).list({ namespace });
  expect(Math.abs((ahead.clockSkewMs() ?? 0) - 120_000)).toBeLessThan(2_000);
});

describe('Events', () => {
  interface KubeEvent extends KubeObject {
    readonly note: string;
    readonly regarding: { readonly name: string };
    readonly series?: { readonly count: number };
  }
  const events = () =>
    kubeResource<KubeEvent>({
      client: client(),
      group: 'events.k8s.io',
      version: 'v1',
      plural: 'events',
      namespaced: true,
    });
  const about = (name: string, ns: string | undefined = namespace) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name,
    namespace: ns,
    uid: name,
  });
  const issued = {
    type: 'Normal',
    reason: 'Issued',
    action: 'Issue',
    note: 'the pair is in its Secret',
  } as const;
  const recorder = (through = client(), isBusy = () => false) =>
    createEventRecorder({
      client: through,
      component: 'accesskeys.dev/test',
      instance: 'pod',
      log: quiet,
      isBusy,
    });
  const of = async (name: string, ns = namespace) =>
    (await events().list({ namespace: ns })).items.filter(({ regarding }) => regarding.name === name);

  test('are written, and counted up when the same happens again', async () => {
    const { record, flush, dropped } = recorder();
    record(about('one'), issued);
    await expect.poll(async () => (await of('one')).length).toBe(1);
    for (let n = 0; n < 4; n++) record(about('one'), issued);
    record(about('one'), { ...issued, note: 'another' });
    await flush(5_000);
    const found = await of('one');
    expect(found.map(({ note, series }) => [note, series?.count]).sort()).toEqual([
      ['another', undefined],
      ['the pair is in its Secret', 5],
    ]);
    expect(dropped()).toBe(0);
  });

  test('of what has no namespace are in default; a long note is cut', async () => {
    const { record, flush, dropped } = recorder();
    const name = `cluster-${randomUUID().slice(0, 8)}`;
    record({ apiVersion: 'v1', kind: 'Namespace', name, uid: name }, { ...issued, note: 'ä'.repeat(900) });
    await flush(5_000);
    expect((await of(name, 'default'))[0]?.note).toBe('ä'.repeat(512));
    expect(dropped()).toBe(0);
  });

  test('wait while there is other work, and Warnings go first', async () => {
    const { record, flush, dropped } = recorder(client(), () => true);
    for (let n = 0; n < 10; n++) record(about(`resting-${n}`), issued);
    record(about('warned'), { ...issued, type: 'Warning' });
    await expect.poll(async () => (await of('warned')).length, { timeout: 10_000 }).toBe(1);
    expect(await of('resting-0')).toHaveLength(1);
    expect(await of('resting-9')).toHaveLength(0);
    // The end of the process doesn't wait for the rests.
    const startedAt = performance.now();
    await flush(5_000);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(await of('resting-9')).toHaveLength(1);
    expect(dropped()).toBe(0);
  });

  test('of one namespace, by the thousand, delay those of another by one at most', async () => {
    const { record, flush } = recorder();
    for (let n = 0; n < 1_000; n++) record(about(`flood-${n}`), issued);
    const name = `other-${randomUUID().slice(0, 8)}`;
    record(about(name, 'default'), issued);
    await expect.poll(async () => (await of(name, 'default')).length, { timeout: 10_000 }).toBe(1);
    expect(await of('flood-900')).toEqual([]);
    await flush(100);
  });

  test('are dropped and counted when the API server takes none, and flush returns in time', async () => {
    proxy.onRequest(() => new Promise(() => {}));
    const { record, flush, dropped } = recorder();
    for (let n = 0; n < 6_000; n++) record(about(`many-${n}`), issued);
    // What one namespace may write at once, without what is kept for Warnings.
    expect(dropped()).toBe(6_000 - 1_800);
    const startedAt = performance.now();
    await flush(200);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(dropped()).toBeGreaterThanOrEqual(5_999);
  });
});
