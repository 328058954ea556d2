/** A running operator is scraped after things that the test has made happen, and its metrics say so. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMetrics } from '../../../src/metrics/metrics.ts';
import { type Operator, startOperator } from '../../bed/operator.ts';
import { type FaultProxy, startProxy } from '../../bed/proxy.ts';
import {
  eventReasons,
  fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  secretOf,
  type TestStore,
  touch,
  until,
} from '../support/fixtures.ts';
import { replicasOf } from '../support/replicas.ts';

const metrics = await fixtures('metrics');
const { bed, cluster } = metrics;
let s3: FaultProxy;
let api: FaultProxy;
let store: TestStore;
let namespace: string;
let operator: Operator;

beforeAll(async () => {
  [s3, api] = await Promise.all([startProxy(bed.minio.endpoint), startProxy(bed.server, { ca: bed.caPem })]);
  [store, namespace] = await Promise.all([metrics.store({ endpoint: s3.url }), metrics.namespace()]);
  operator = await metrics.operator({
    kubeconfig: await bed.kubeconfig({ server: api.url }),
    args: ['--metrics-key-series=2', '--policy-check-interval=1s'],
  });
});
afterAll(async () => {
  await metrics.end();
  await Promise.all([s3.close(), api.close()]);
});

async function get(path: string, of = operator): Promise<{ status: number; text: string; type: string }> {
  const { statusCode, headers, body } = await request(`${await of.httpUrl}${path}`);
  return { status: statusCode, text: await body.text(), type: String(headers['content-type']) };
}

/** The value of a series by its name and all its labels; undefined if there is none. */
async function value(
  name: string,
  labels: Record<string, string> = {},
  of = operator,
): Promise<number | undefined> {
  const wanted = Object.entries(labels)
    .map(([label, text]) => `${label}="${text}"`)
    .sort()
    .join(',');
  for (const line of (await get('/metrics', of)).text.split('\n')) {
    const [, found, held = '', number] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (
      found === name &&
      held
        .split(/,(?=\w+=)/)
        .sort()
        .join(',') === wanted
    )
      return Number(number);
  }
  return undefined;
}

const limited = limitedKey({ photos: 'read_only' });

async function key(spec: object = {}): Promise<NamespacedRef> {
  const ref = await metrics.accessKey(namespace, store, { ...limited, ...spec });
  await ready(bed, ref);
  return ref;
}

describe('a probe', () => {
  test('gets its answer beside 100 idle connections to each address', async () => {
    const addresses = [await operator.httpUrl, await operator.probeUrl];
    const idle = addresses.flatMap((url) =>
      Array.from({ length: 100 }, () =>
        connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {}),
      ),
    );
    try {
      await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
      for (const url of addresses) {
        const { statusCode, body } = await request(`${url}/livez`, { headersTimeout: 3_000 });
        expect([statusCode, await body.text()]).toEqual([200, 'ok\n']);
      }
      expect((await get('/metrics')).status).toBe(200);
    } finally {
      for (const socket of idle) socket.destroy();
    }
  });

  test('has an address of its own, which serves nothing else', async () => {
    const url = await operator.probeUrl;
    for (const [path, status] of [
      ['/livez', 200],
      ['/readyz', 200],
      ['/metrics', 404],
    ] as const) {
      const { statusCode, body } = await request(`${url}${path}`);
      await body.dump();
      expect(statusCode).toBe(status);
    }
  });

  test('hears that the operator is live and ready, and nothing else is served', async () => {
    for (const path of ['/livez', '/readyz', '/livez?verbose']) {
      expect(await get(path)).toMatchObject({ status: 200, text: 'ok\n' });
    }
    for (const path of ['/', '/healthz', '/metrics/', '/__proto__', '/constructor'])
      expect((await get(path)).status).toBe(404);
    const { statusCode, body } = await request(`${await operator.httpUrl}/livez`, {
      method: 'POST',
      body: 'x',
    });
    await body.dump();
    expect(statusCode).toBe(405);
  });

  test('hears the same without the store, and without the API server once the caches are synced', async () => {
    await s3.down();
    await api.down();
    await sleep(1_000);
    expect((await get('/livez')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    await Promise.all([s3.up(), api.up()]);
    await until(
      'connected again',
      async () => (await value('accesskeys_store_ready', { store: store.name })) === 1,
    );
  });

  test('hears live but not ready while the caches are not synced', async () => {
    const away = await startProxy(bed.server, { ca: bed.caPem });
    away.onRequest(async ({ path }) =>
      path.includes('/secrets?') ? { do: 'answer', status: 503, body: '{}' } : undefined,
    );
    const kubeconfig = await bed.kubeconfig({ server: away.url });
    const starting = await startOperator({ bed, kubeconfig });
    await until('asked', async () => away.requests.some(({ path }) => path.includes('/secrets?')));
    expect(await get('/readyz', starting)).toMatchObject({ status: 503 });
    expect(await get('/livez', starting)).toMatchObject({ status: 200 });
    expect((await get('/metrics', starting)).status).toBe(200);
    away.onRequest(undefined);
    await starting.ready;
    expect(await get('/readyz', starting)).toMatchObject({ status: 200 });
    await starting.kill();
    await away.close();
  });

  test('is not served if another process has taken the address, and the operator names it and exits', async () => {
    const address = new URL(await operator.httpUrl).host;
    const kubeconfig = await bed.kubeconfig();
    const second = await startOperator({ bed, kubeconfig, args: [`--http-address=${address}`] });
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.output.join()).toContain(`cannot listen at ${address} (EADDRINUSE)`);
  });
});

describe('a scrape', () => {
  test('has every metric by its name, with help and type, and those of the process', async () => {
    const { status, text, type } = await get('/metrics');
    expect(status).toBe(200);
    expect(type).toContain('text/plain');
    const ours = (await createMetrics('test').registry.getMetricsAsJSON()).map(({ name }) => name);
    expect(ours.length).toBeGreaterThan(30);
    for (const name of ours) {
      expect(text).toContain(`# HELP ${name} `);
      expect(text).toContain(`# TYPE ${name} `);
    }
    expect(await value('accesskeys_build_info', { version: '0.1.0', node: process.version })).toBe(1);
    expect(await value('accesskeys_leader')).toBe(1);
    expect(await value('process_start_time_seconds')).toBeGreaterThan(Date.now() / 1_000 - 600);
  });

  test('counts reconciles, requests and keys', async () => {
    const add = { store: store.name, operation: 'add-user', code: '200' };
    const post = { verb: 'create', resource: 'secrets', code: '201' };
    const before = {
      users: (await value('accesskeys_store_request_duration_seconds_count', add)) ?? 0,
      secrets: (await value('rest_client_request_duration_seconds_count', post)) ?? 0,
      done:
        (await value('controller_runtime_reconcile_total', {
          controller: 'accesskey',
          result: 'success',
          reason: 'Issued',
        })) ?? 0,
      keys: (await value('accesskeys_keys', { store: store.name, reason: 'Issued' })) ?? 0,
    };
    await key();
    await key();
    expect(await value('accesskeys_store_request_duration_seconds_count', add)).toBe(before.users + 2);
    expect(await value('rest_client_request_duration_seconds_count', post)).toBe(before.secrets + 2);
    await until('counted', async () => {
      const labels = { controller: 'accesskey', result: 'success', reason: 'Issued' };
      return ((await value('controller_runtime_reconcile_total', labels)) ?? 0) >= before.done + 2;
    });
    expect(await value('accesskeys_keys', { store: store.name, reason: 'Issued' })).toBe(before.keys + 2);
    expect(await value('workqueue_depth', { name: 'accesskey', controller: 'accesskey' })).toBe(0);
    expect(
      await value('workqueue_queue_duration_seconds_count', { name: 'accesskey', controller: 'accesskey' }),
    ).toBeGreaterThan(1);
    expect(
      await value('rest_client_request_duration_seconds_count', {
        verb: 'watch',
        resource: 'accesskeys',
        code: '200',
      }),
    ).toBeGreaterThan(0);
  });

  test('shows what fails, and why', async () => {
    await s3.down();
    const ref = await metrics.accessKey(namespace, store, limited);
    await reason(bed, ref, 'StoreUnreachable');
    // What the API server shows already may still be on its way into the operator's cache.
    const unreachable = () => value('accesskeys_keys', { store: store.name, reason: 'StoreUnreachable' });
    const usable = () => value('accesskeys_store_ready', { store: store.name });
    await expect.poll(unreachable).toBe(1);
    await expect.poll(usable).toBe(0);
    const refused = { store: store.name, operation: 'info-canned-policy', code: 'refused' };
    await until(
      'refused',
      async () => value('accesskeys_store_request_duration_seconds_count', refused),
      10_000,
    );
    await s3.up();
    await ready(bed, ref);
    await expect.poll(unreachable).toBeUndefined();
    await expect.poll(usable).toBe(1);
    const synced = await value('accesskeys_store_last_sync_timestamp_seconds', { store: store.name });
    expect(synced).toBeGreaterThan(Date.now() / 1_000 - 600);
    // Other tests of this store's server may have left some.
    expect(await value('accesskeys_orphaned_users', { store: store.name })).toBeGreaterThanOrEqual(0);
  });

  test('has the expiry of those that expire soonest, no more than it may, and says how many it leaves out', async () => {
    const times = ['2031-01-01T00:00:00Z', '2030-01-01T00:00:00Z', '2032-01-01T00:00:00Z'];
    const refs = await Promise.all(times.map((expiresAt) => key({ expiresAt })));
    const shown = await Promise.all(
      refs.map(({ metadata }) =>
        value('accesskeys_key_expiry_timestamp_seconds', { namespace, name: metadata.name }),
      ),
    );
    expect(shown).toEqual([
      Date.parse(times[0] ?? '') / 1_000,
      Date.parse(times[1] ?? '') / 1_000,
      undefined,
    ]);
    expect(await value('accesskeys_key_series_omitted', { metric: 'expiry' })).toBe(1);
  });

  test.each<[string, (ref: NamespacedRef) => Promise<unknown>]>([
    ['secret_missing', (ref) => bed.api.delete(secretOf(ref))],
    [
      'secret_edited',
      (ref) => bed.api.patch(secretOf(ref), { stringData: { AWS_SECRET_ACCESS_KEY: 'edited' } }),
    ],
    [
      'policy_edited',
      async (ref) => {
        const policy = policyOf(cluster, ref);
        const { id = '' } = (await store.admin.getPolicy(policy)) ?? {};
        const Statement = [
          { Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::x/*'] },
        ] as const;
        await store.admin.putPolicy(policy, { ID: id, Version: '2012-10-17', Statement });
      },
    ],
  ])('counts %s once', async (kind, change) => {
    const ref = await key();
    const before = (await value('accesskeys_drift_total', { kind })) ?? 0;
    await change(ref);
    await until(
      'found',
      async () => (await value('accesskeys_drift_total', { kind })) === before + 1,
      15_000,
    );
    await touch(bed, ref);
    await ready(bed, ref);
    await sleep(1_500);
    expect(await value('accesskeys_drift_total', { kind })).toBe(before + 1);
  });

  test('counts the end of a previous key once, and an Event says so', async () => {
    const ref = await key({ rotation: { gracePeriod: '0s' } });
    const ended = async () =>
      (await value('accesskeys_previous_keys_ended_total', { cause: 'grace_over' })) ?? 0;
    const before = await ended();
    await bed.api.patch(ref, { spec: { keyGeneration: 2 } });
    await until('ended', async () => (await ended()) === before + 1);
    const { metadata } = await ready(bed, ref);
    const reasons = () => eventReasons(bed, metadata.uid, namespace);
    await until('told', async () => (await reasons()).includes('PreviousKeyRevoked'));
    await touch(bed, ref);
    await ready(bed, ref);
    expect(await ended()).toBe(before + 1);
    expect(await value('accesskeys_previous_keys_ended_total', { cause: 'early' })).toBe(0);
  });

  test('has no id, secret, host or address in it', async () => {
    const { text } = await get('/metrics');
    const refs = (await bed.api.list({
      apiVersion: 'accesskeys.dev/v1alpha1',
      kind: 'AccessKey',
      namespace,
    })) as NamespacedRef[];
    expect(refs.length).toBeGreaterThan(5);
    for (const ref of refs) {
      const { accessKeyId, secretAccessKey } = await readPair(bed, secretOf(ref));
      expect(text).not.toContain(accessKeyId);
      expect(text.includes(secretAccessKey)).toBe(false);
    }
    expect(text.includes(bed.minio.rootPassword)).toBe(false);
    expect(text).not.toMatch(/\bAKO[A-Z2-7]{17}\b|127\.0\.0\.1|localhost|Bearer|eyJ/);
  });
});

test('of two replicas both are ready, and the leader alone counts keys', async () => {
  await operator.kill();
  const replicas = await replicasOf(metrics);
  const [first, second] = [await replicas.start(), await replicas.start()];
  const leader = await replicas.leader();
  const follower = leader === first ? second : first;
  const keys = (of: Operator) => value('accesskeys_keys', { store: store.name, reason: 'Issued' }, of);
  await until('counted', () => keys(leader.operator));
  expect(await value('accesskeys_leader', {}, leader.operator)).toBe(1);
  expect(await value('accesskeys_leader', {}, follower.operator)).toBe(0);
  expect(await keys(follower.operator)).toBeUndefined();
  for (const { operator: one } of [leader, follower]) {
    expect((await get('/readyz', one)).status).toBe(200);
    expect((await get('/livez', one)).status).toBe(200);
  }
  await follower.operator.kill();
  await leader.operator.kill();
  await metrics.operator();
  await replicas.close();
});
