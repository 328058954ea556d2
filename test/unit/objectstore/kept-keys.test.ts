import { describe, expect, test } from 'vitest';
import type { StoreContext } from '../../../src/objectstore/context.ts';
import { isKeepingGranted } from '../../../src/objectstore/kept-keys.ts';
import type { StoreObject } from '../../../src/objectstore/store-kinds.ts';
import type { GrantedAccess } from '../../../src/provider/policy.ts';
import { keyOf } from '../../../src/runtime/key.ts';

const MINUTE = 60_000;
const ATTACHED = Date.parse('2026-11-20T12:00:00Z');
const KEEPING = {
  namespaces: { all: true },
  buckets: ['photos'],
  permissions: 'read_write',
  allowRetain: true,
};
const STRICT = { ...KEEPING, allowRetain: false };
const photos: GrantedAccess = {
  kind: 'limited',
  entries: [{ bucketName: 'photos', permissions: 'read_only', prefixes: [], settings: false }],
};

const cluster = (grants: readonly object[], endpoint = 'https://minio', name = 'default') =>
  ({
    kind: 'ClusterObjectStore',
    metadata: { name, uid: name },
    spec: { endpoint, grants },
  }) as unknown as StoreObject;
const own = (namespace: string, endpoint = 'https://minio') =>
  ({
    kind: 'ObjectStore',
    metadata: { name: 'own', namespace, uid: `own-${namespace}` },
    spec: {
      endpoint,
      grants: [
        {
          namespaces: { names: [namespace] },
          buckets: ['*'],
          unrestricted: true,
          permissions: 'read_write',
          allowRetain: true,
        },
      ],
    },
  }) as unknown as StoreObject;

/** True if a key of namespace `shop` may be kept in the first of the stores. */
function judge(
  stores: readonly StoreObject[],
  {
    createdAt = (ATTACHED - MINUTE) as number | null,
    labels = {},
    ready = true,
    access = photos,
    attachedAt = ATTACHED as number | null,
  } = {},
): boolean {
  const [store] = stores;
  if (!store) throw new Error('no store');
  const namespace = createdAt === null ? undefined : { name: 'shop', labels, createdAt };
  const ctx = {
    stores: { values: () => stores },
    namespaceCache: { get: (name: string) => (name === 'shop' ? namespace : undefined) },
    states: new Map(stores.map((one) => [keyOf(one), { view: { kind: ready ? 'ready' : 'notReady' } }])),
    now: () => ATTACHED + 3 * 3_600_000,
  } as unknown as StoreContext;
  const user = {
    accessKeyId: 'x',
    enabled: true,
    policies: [],
    groups: [],
    ...(attachedAt !== null && { attachedAt }),
  };
  return isKeepingGranted(ctx, store, 'shop', user, {
    readAt: 0,
    mark: undefined,
    renewed: undefined,
    access,
  });
}

describe('a kept key', () => {
  test.each<[string, boolean, () => boolean]>([
    ['is kept if a grant says allowRetain', true, () => judge([cluster([KEEPING])])],
    ['is not once allowRetain was withdrawn', false, () => judge([cluster([STRICT])])],
    [
      'is not once no grant names its namespace',
      false,
      () => judge([cluster([{ ...KEEPING, namespaces: { names: ['other'] } }])]),
    ],
    [
      'is not once a bucket of it was withdrawn',
      false,
      () => judge([cluster([{ ...KEEPING, buckets: ['logs'] }])]),
    ],
    [
      'is not once its permissions were lowered',
      false,
      () =>
        judge([cluster([{ ...KEEPING, permissions: 'read_only' }])], {
          access: {
            kind: 'limited',
            entries: [{ bucketName: 'photos', permissions: 'read_write', prefixes: [], settings: true }],
          },
        }),
    ],
    [
      'without limits is not kept if unrestricted access is not granted',
      false,
      () => judge([cluster([KEEPING])], { access: { kind: 'unrestricted' } }),
    ],
    ['of a namespace that is gone is not', false, () => judge([cluster([KEEPING])], { createdAt: null })],
    [
      'of a namespace that was made anew after it is not',
      false,
      () => judge([cluster([KEEPING])], { createdAt: ATTACHED + 16 * MINUTE }),
    ],
    [
      'is kept if the clocks of store and cluster differ',
      true,
      () => judge([cluster([KEEPING])], { createdAt: ATTACHED + 14 * MINUTE }),
    ],
    [
      'is kept if the store does not say when it was attached',
      true,
      () => judge([cluster([KEEPING])], { attachedAt: null, createdAt: ATTACHED + 16 * MINUTE }),
    ],
    [
      'goes by the labels of its namespace as they are now',
      false,
      () =>
        judge([cluster([{ ...KEEPING, namespaces: { matchLabels: { team: 'a' } } }])], {
          labels: { team: 'b' },
        }),
    ],
    ['is not once it is older than maxAge', false, () => judge([cluster([{ ...KEEPING, maxAge: '2h' }])])],
    ['is kept until then', true, () => judge([cluster([{ ...KEEPING, maxAge: '4h' }])])],
    ['of an ObjectStore is kept', true, () => judge([own('shop')])],
    [
      'of an ObjectStore at the same endpoint is kept, where its credentials work',
      true,
      () => judge([cluster([STRICT]), own('shop')]),
    ],
    [
      'is not for an ObjectStore whose credentials do not work',
      false,
      () => judge([cluster([STRICT]), own('shop')], { ready: false }),
    ],
    [
      'is not for an ObjectStore at another endpoint',
      false,
      () => judge([cluster([STRICT]), own('shop', 'https://fake')]),
    ],
    [
      'is not for the ObjectStore of another namespace',
      false,
      () => judge([cluster([STRICT]), own('other')]),
    ],
    [
      'is kept for another ClusterObjectStore at the same endpoint',
      true,
      () => judge([cluster([STRICT]), cluster([KEEPING], 'https://minio', 'second')]),
    ],
  ])('%s', (_, expected, judged) => {
    expect(judged()).toBe(expected);
  });
});
