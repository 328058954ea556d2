/** The labels of metrics: few values, for any name of a request or an object. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderMetrics } from '../../../scripts/docs/metrics.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import { type Inventory, takeInventory } from '../../../src/metrics/inventory.ts';
import { createMetrics, type Metrics, OPERATOR_METRIC } from '../../../src/metrics/metrics.ts';
import { failureCode, kubeOperation, statusCode, storeOperation } from '../../../src/metrics/operations.ts';
import { createHeartbeat } from '../../../src/runtime/heartbeat.ts';
import { livez, readyz } from '../../../src/server/health.ts';

describe('kubeOperation', () => {
  const group = '/apis/accesskeys.dev/v1alpha1';
  test.each([
    ['GET', `${group}/accesskeys?limit=500`, 'list', 'accesskeys'],
    ['GET', `${group}/accesskeys?watch=true`, 'watch', 'accesskeys'],
    ['GET', `${group}/namespaces/shop/accesskeys/photo`, 'get', 'accesskeys'],
    ['PATCH', `${group}/namespaces/shop/accesskeys/photo?fieldManager=x`, 'patch', 'accesskeys'],
    ['PATCH', `${group}/namespaces/shop/accesskeys/photo/status`, 'patch', 'accesskeys/status'],
    ['PATCH', `${group}/clusterobjectstores/default/status`, 'patch', 'clusterobjectstores/status'],
    ['POST', '/api/v1/namespaces/shop/secrets', 'create', 'secrets'],
    ['DELETE', '/api/v1/namespaces/shop/secrets/photo', 'delete', 'secrets'],
    ['GET', '/api/v1/namespaces/kube-system', 'get', 'namespaces'],
    ['GET', '/api/v1/namespaces?limit=500', 'list', 'namespaces'],
    ['GET', '/api/v1/namespaces/namespaces/secrets/secrets', 'get', 'secrets'],
    ['POST', '/apis/events.k8s.io/v1/namespaces/shop/events', 'create', 'events'],
    ['PATCH', '/base/apis/coordination.k8s.io/v1/namespaces/a/leases/b', 'patch', 'leases'],
    ['GET', '/version', 'list', 'other'],
    ['PUT', `${group}/namespaces/shop/others/photo`, 'other', 'other'],
  ])('reads %s %s as %s %s', (method, path, verb, resource) => {
    expect(kubeOperation(method, path)).toEqual({ verb, resource });
  });
});

test.each([
  ['/minio/admin/v3/add-user?accessKey=AKO', 'add-user'],
  ['/minio/admin/v3/idp/builtin/policy/attach', 'idp/builtin/policy/attach'],
  ['/minio/admin/v3/anything?accessKey=AKO', 'other'],
  ['/photos/AKO', 'other'],
  ['/photos', 'bucket'],
  ['/photos?location=', 'bucket'],
])('a request to a store: %s is %s', (path, operation) => {
  expect(storeOperation(path)).toBe(operation);
});

test.each([
  ['Action=CreateAccessKey&Version=2010-05-08&UserName=AKO', 'CreateAccessKey'],
  ['Action=GetCallerIdentity', 'GetCallerIdentity'],
  ['Action=constructor', 'other'],
  ['UserName=AKO', 'other'],
  ['Action=GetAccountAuthorizationDetails&Version=2010-05-08', 'GetAccountAuthorizationDetails'],
  ['Action=CreatePolicyVersion&Version=2010-05-08', 'CreatePolicyVersion'],
])("a request to a store's IAM API: %s is %s", (body, operation) => {
  expect(storeOperation('/', Buffer.from(body))).toBe(operation);
});

test.each([
  [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'refused'],
  [Object.assign(new Error('x'), { code: 'ERR_NOT_LEADER' }), 'fenced'],
  [Object.assign(new Error('x'), { code: 'ERR_NO_ANSWER_IN_TIME' }), 'timeout'],
  [new DOMException('over', 'AbortError'), 'aborted'],
  [Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'failed'],
  [new Error('the controller is stopping'), 'aborted'],
  [undefined, 'aborted'],
])('a request that fails by %s has the code %s', (error, code) => {
  expect(failureCode(error)).toBe(code);
});

test.each([
  [200, '200'],
  [404, '404'],
  [418, '4xx'],
  [299, '2xx'],
  [599, '5xx'],
  [600, 'other'],
  [0, 'other'],
])('an answer with the status %i has the code %s', (status, code) => {
  expect(statusCode(status)).toBe(code);
});

describe('the inventory', () => {
  const accessKey = (name: string, reason: string | undefined, more: object = {}, store = 'default') =>
    ({
      metadata: { namespace: 'shop', name },
      spec: { storeRef: { name: store } },
      status: { ...(reason && { conditions: [{ type: 'Ready', reason }] }), ...more },
    }) as unknown as AccessKey;
  const accessKeys = [
    accessKey('a', 'Issued', { nextRotationAt: '2030-01-01T00:00:00Z' }),
    accessKey('b', 'Issued', { nextRotationAt: 'forged' }),
    accessKey('c', undefined, { nextRotationAt: 7 }),
    accessKey('d', 'StoreNotFound', {}, 'typo'),
  ];
  const stores = [{ name: 'default', ready: true, orphanedUsers: 2, retainedUsers: 3, lastSyncAt: 5_000 }];
  const queues = [{ controller: 'accesskey', depth: 3 }];
  const inventory: Inventory = { leads: true, queues, accessKeys, stores };

  async function series(metrics: Metrics, name: string): Promise<unknown[]> {
    const { values = [] } = (await metrics.registry.getSingleMetric(name)?.get()) ?? {};
    return values.map(({ labels, value }) => ({ ...labels, value }));
  }

  test('counts what there is, and drops what is gone the next time', async () => {
    const metrics = createMetrics('test');
    await takeInventory(metrics, inventory, 10);
    expect(await series(metrics, 'accesskeys_keys')).toEqual([
      { store: 'default', reason: 'Issued', value: 2 },
      { store: 'default', reason: 'Pending', value: 1 },
      // Nobody who may write AccessKeys can make endlessly many series.
      { store: '', reason: 'StoreNotFound', value: 1 },
    ]);
    expect(await series(metrics, 'accesskeys_key_next_rotation_timestamp_seconds')).toEqual([
      { namespace: 'shop', name: 'a', value: 1_893_456_000 },
    ]);
    expect(await series(metrics, 'accesskeys_orphaned_users')).toEqual([{ store: 'default', value: 2 }]);
    expect(await series(metrics, 'accesskeys_retained_users')).toEqual([{ store: 'default', value: 3 }]);
    expect(await series(metrics, 'accesskeys_store_last_sync_timestamp_seconds')).toEqual([
      { store: 'default', value: 5 },
    ]);
    await takeInventory(metrics, { ...inventory, accessKeys: [], stores: [] }, 10);
    expect(await series(metrics, 'accesskeys_keys')).toEqual([]);
    expect(await series(metrics, 'accesskeys_store_ready')).toEqual([]);
  });

  test.each([
    ['2030-01-01T00:00:00Z', 1_893_456_000],
    // Only an earlier schema accepted these; the operator revokes the key at these times.
    ['2030-01-02T00:00:00+24:00', 1_893_456_000],
    ['2030-01-01T00:00:00,5Z', 1_893_456_000.5],
  ])('shows the expiry at which the operator revokes the key: %s', async (expiresAt, value) => {
    const metrics = createMetrics('test');
    const expiring = accessKey('a', 'Issued');
    const accessKeys = [{ ...expiring, spec: { ...expiring.spec, expiresAt } }];
    await takeInventory(metrics, { ...inventory, accessKeys }, 10);
    expect(await series(metrics, 'accesskeys_key_expiry_timestamp_seconds')).toEqual([
      { namespace: 'shop', name: 'a', value },
    ]);
  });

  test('counts a reason that no operator wrote as Other', async () => {
    const metrics = createMetrics('test');
    const forged = ['Forged1', 'Forged2', 'toString', '__proto__'].map((reason) => accessKey(reason, reason));
    await takeInventory(metrics, { ...inventory, accessKeys: forged }, 10);
    expect(await series(metrics, 'accesskeys_keys')).toEqual([
      { store: 'default', reason: 'Other', value: 4 },
    ]);
  });

  test.each([true, false])('drops the series of a store that is gone (leads: %s)', async (leads) => {
    const metrics = createMetrics('test');
    const stores = (...names: string[]) =>
      names.map((name) => ({
        name,
        ready: true,
        orphanedUsers: undefined,
        retainedUsers: undefined,
        lastSyncAt: undefined,
      }));
    const observe = (store: string) =>
      metrics.storeRequests.observe({ store, operation: 'user-info', code: '200' }, 0.1);
    const shown = async () => {
      const all = (await series(metrics, 'accesskeys_store_request_duration_seconds')) as { store: string }[];
      return [...new Set(all.map(({ store }) => store))];
    };
    for (const store of ['default', 'shop/own']) observe(store);
    await takeInventory(metrics, { ...inventory, leads, stores: stores('default', 'shop/own') }, 10);
    expect(await shown()).toEqual(['default', 'shop/own']);
    await takeInventory(metrics, { ...inventory, leads, stores: stores('default') }, 10);
    expect(await shown()).toEqual(['default']);
    // An answer that comes late makes it again, for one scrape.
    observe('shop/own');
    await takeInventory(metrics, { ...inventory, leads, stores: stores('default') }, 10);
    expect(await shown()).toEqual(['default']);
  });

  test('lets other work run while it counts many keys', async () => {
    const metrics = createMetrics('test');
    let turns = 0;
    const slowly = function* () {
      for (const one of accessKeys) {
        const until = performance.now() + 15;
        while (performance.now() < until);
        setImmediate(() => {
          turns += 1;
        });
        yield one;
      }
    };
    await takeInventory(metrics, { ...inventory, accessKeys: slowly() }, 10);
    expect(turns).toBeGreaterThan(1);
  });

  test('comes from the leader alone', async () => {
    const metrics = createMetrics('test');
    await takeInventory(metrics, { ...inventory, leads: false }, 10);
    for (const name of ['accesskeys_keys', 'accesskeys_store_ready', 'accesskeys_orphaned_users'])
      expect(await series(metrics, name)).toEqual([]);
    expect(await series(metrics, 'accesskeys_leader')).toEqual([{ value: 0 }]);
    expect(await series(metrics, 'workqueue_depth')).toEqual([
      { name: 'accesskey', controller: 'accesskey', value: 3 },
    ]);
  });
});

describe('a loop', () => {
  test('is turning until its next turn is overdue by more than a minute', () => {
    let now = 0;
    const heartbeat = createHeartbeat(() => now);
    expect(heartbeat.isAlive()).toBe(true);
    heartbeat.expectWithin(5_000);
    now = 65_000;
    expect(heartbeat.isAlive()).toBe(true);
    now = 65_001;
    expect(heartbeat.isAlive()).toBe(false);
    heartbeat.rest();
    expect(heartbeat.isAlive()).toBe(true);
  });

  test('that hangs is named by /livez; /readyz is about the caches alone', () => {
    const loop = (name: string, turning: boolean) => ({ name, isAlive: () => turning });
    expect(livez([loop('a', true), loop('b', true)])).toEqual({ status: 200, body: 'ok\n' });
    expect(livez([loop('a', true), loop('b', false)])).toEqual({ status: 503, body: 'not turning: b\n' });
    expect([readyz(false).status, readyz(true).status]).toEqual([503, 200]);
  });
});

describe('docs/metrics.md', () => {
  const page = renderMetrics();
  test('has what the registry has: if not, `npm run generate`', () => {
    expect(readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'metrics.md'), 'utf8')).toBe(
      page,
    );
  });

  test('has a row for every metric, whose name says its unit', async () => {
    const ours = (await createMetrics('test').registry.getMetricsAsJSON()).filter(({ name }) =>
      OPERATOR_METRIC.test(name),
    );
    expect(ours.length).toBeGreaterThan(15);
    for (const { name, type } of ours) {
      expect(page).toContain(`| \`${name}\` |`);
      // prometheus.io/docs/practices/naming: a counter ends in _total, a time in _seconds.
      expect(String(type) === 'counter').toBe(name.endsWith('_total'));
      if (String(type) === 'histogram' || /timestamp|duration|wait/.test(name))
        expect(name).toMatch(/_seconds$/);
    }
  });
});
