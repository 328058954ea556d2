import { describe, expect, test } from 'vitest';
import { type Circumstances, isAllowed, usableAt } from '../../../src/objectstore/endpoint-check.ts';
import type { StoreObject } from '../../../src/objectstore/store-kinds.ts';
import { CLUSTER, grantOf } from '../support/accesskey-fixtures.ts';
import { cpuMs } from '../support/cpu-time.ts';

const FIRST = 'https://minio.storage.svc:9000';
const OTHER = 'https://elsewhere:9000';

function storeOf(
  spec: Partial<StoreObject['spec']>,
  status: Partial<StoreObject['status']> = {},
): StoreObject {
  return {
    kind: 'ClusterObjectStore',
    metadata: { name: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      provider: 'MinIO',
      endpoint: FIRST,
      allowInsecure: false,
      region: 'us-east-1',
      credentialsRef: { namespace: 'storage', name: 'minio-admin' },
      resyncInterval: '10m',
      orphans: 'Disable',
      everyKeyMay: ['ListBuckets', 'CreateBuckets'],
      grants: [grantOf()],
      ...spec,
    },
    status: { observedGeneration: 1, ...status },
  };
}

const inUse: Circumstances = { cluster: CLUSTER, namespacedEndpoints: [], inUse: true };
const idle: Circumstances = { ...inUse, inUse: false };

describe("the endpoint of a store's IAM API", () => {
  const at = (iam: NonNullable<StoreObject['spec']['iam']>, kind: StoreObject['kind']) =>
    usableAt(
      { ...storeOf({ provider: 'IAM', iam }), kind },
      { ...idle, namespacedEndpoints: ['https://minio.storage.svc:*'] },
    ).objection;
  const place = { region: 'us-east-1', path: '/accesskeys/' };

  test.each(['endpoint', 'stsEndpoint'] as const)(
    'iam.%s is https, unless the store accepts http',
    (field) => {
      expect(at({ ...place, [field]: 'http://minio.storage.svc:1' }, 'ClusterObjectStore')).toMatch(
        `spec.iam.${field} is http; use https`,
      );
    },
  );

  test.each(['endpoint', 'stsEndpoint'] as const)(
    'iam.%s of an ObjectStore must be an allowed one',
    (field) => {
      expect(at({ ...place, [field]: OTHER }, 'ObjectStore')).toMatch(
        /^https:\/\/elsewhere:9000 is not among/,
      );
      expect(at({ ...place, [field]: 'https://minio.storage.svc:7071' }, 'ObjectStore')).toBeUndefined();
      expect(at({ ...place, [field]: OTHER }, 'ClusterObjectStore')).toBeUndefined();
    },
  );
});

describe('where a store is used', () => {
  test.each<[string, StoreObject, Circumstances, { endpoint: string; objects: RegExp | undefined }]>([
    ['at its endpoint, when new', storeOf({}), inUse, { endpoint: FIRST, objects: undefined }],
    [
      'at its endpoint, when known',
      storeOf({}, { endpoint: FIRST }),
      inUse,
      { endpoint: FIRST, objects: undefined },
    ],
    [
      'nowhere, after a change in use: what is known is where its keys were issued',
      storeOf({ endpoint: OTHER }, { endpoint: FIRST }),
      inUse,
      { endpoint: FIRST, objects: /acceptNewEndpoint: https:\/\/elsewhere:9000/ },
    ],
    [
      'at its endpoint, spelled otherwise',
      storeOf({ endpoint: 'https://MINIO.storage.svc' }, { endpoint: 'https://minio.storage.svc:443' }),
      inUse,
      { endpoint: 'https://MINIO.storage.svc', objects: undefined },
    ],
    [
      'at the new endpoint, accepted in another spelling',
      storeOf({ endpoint: OTHER, acceptNewEndpoint: 'https://Elsewhere:9000' }, { endpoint: FIRST }),
      inUse,
      { endpoint: OTHER, objects: undefined },
    ],
    [
      'nowhere, if only the scheme differs',
      storeOf({ endpoint: 'https://minio:80' }, { endpoint: 'http://minio' }),
      inUse,
      { endpoint: 'http://minio', objects: /changed from/ },
    ],
    [
      'nowhere, if another endpoint was accepted',
      storeOf({ endpoint: OTHER, acceptNewEndpoint: 'https://third:9000' }, { endpoint: FIRST }),
      inUse,
      { endpoint: FIRST, objects: /changed from/ },
    ],
    [
      'at the new endpoint, once it is accepted',
      storeOf({ endpoint: OTHER, acceptNewEndpoint: OTHER }, { endpoint: FIRST }),
      inUse,
      { endpoint: OTHER, objects: undefined },
    ],
    [
      'at the new endpoint, if no key is in use',
      storeOf({ endpoint: OTHER }, { endpoint: FIRST }),
      idle,
      { endpoint: OTHER, objects: undefined },
    ],
    [
      'nowhere over http, unless that is allowed',
      storeOf({ endpoint: 'http://minio:9000' }),
      idle,
      { endpoint: 'http://minio:9000', objects: /allowInsecure/ },
    ],
    [
      'nowhere under another name of the cluster',
      storeOf({}, { clusterName: 'another' }),
      inUse,
      { endpoint: FIRST, objects: /carry the cluster name another/ },
    ],
    [
      'nowhere by an ObjectStore, if the operator serves none',
      { ...storeOf({}), kind: 'ObjectStore' },
      idle,
      { endpoint: FIRST, objects: /serves no ObjectStores/ },
    ],
    [
      'nowhere by an ObjectStore at another endpoint than those allowed',
      { ...storeOf({}), kind: 'ObjectStore' },
      { ...idle, namespacedEndpoints: [OTHER] },
      { endpoint: FIRST, objects: /not among the endpoints/ },
    ],
    [
      'by an ObjectStore at one that is allowed',
      { ...storeOf({}), kind: 'ObjectStore' },
      { ...idle, namespacedEndpoints: [OTHER, FIRST] },
      { endpoint: FIRST, objects: undefined },
    ],
  ])('%s', (_, store, circumstances, { endpoint, objects }) => {
    const usable = usableAt(store, circumstances);
    expect(usable.endpoint).toBe(endpoint);
    if (objects) expect(usable.objection).toMatch(objects);
    else expect(usable.objection).toBeUndefined();
  });
});

describe('the endpoints that ObjectStores may name', () => {
  test.each<[string, string, boolean]>([
    ['*', 'https://anything:1', true],
    [FIRST, FIRST, true],
    [FIRST, 'https://minio-storage.svc:9000', false],
    [FIRST, `${FIRST}0`, false],
    ['https://*.storage.svc:9000', FIRST, true],
    ['https://*.storage.svc:9000', 'http://minio.storage.svc:9000', false],
    ['https://*.storage.svc:9000', 'https://minio.storage.svc:9001', false],
    ['https://*.storage.svc:9000', 'https://evil.example:80/.storage.svc:9000', false],
    ['https://*.storage.svc:9000', 'https://evil.example:443@x.storage.svc:9000', false],
    ['https://minio.storage.svc', 'https://MinIO.storage.svc:443', true],
    ['https://MinIO.storage.svc:443', 'https://minio.storage.svc', true],
    ['https://*:443', 'https://minio.storage.svc', true],
    ['https://*:443', 'http://minio.storage.svc', false],
    ['https://minio.storage.svc', 'https://minio.storage.svc:80', false],
    ['http://127.0.0.1:*', 'http://127.0.0.1:9000', true],
    ['http://127.0.0.1:*', 'http://127.0.0.10:9000', false],
  ])('%s: %s is %s', (pattern, endpoint, allowed) => {
    expect(isAllowed(endpoint, [pattern])).toBe(allowed);
  });

  test('are matched in linear time, whatever the pattern and the endpoint', () => {
    const took = cpuMs(() => {
      expect(isAllowed(`https://${'a.'.repeat(250)}com`, ['https://*.*.*.*.*.*.*.*.svc'])).toBe(false);
      expect(isAllowed(`https://${'a.'.repeat(250)}svc`, ['https://*.*.*.*.*.*.*.*.svc'])).toBe(true);
    });
    // It takes no millisecond. Tried at every place of every *, it would take years.
    expect(took).toBeLessThan(1_000);
  });
});
