import { expect, test } from 'vitest';
import { FINALIZER } from '../../../src/api/names.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import { createKeysByStore } from '../../../src/objectstore/keys-by-store.ts';
import { createCache } from '../../../src/runtime/cache.ts';

interface Made {
  readonly store?: string;
  readonly kind?: string;
  readonly finalizer?: boolean;
  readonly uid?: string;
}

/** An AccessKey of namespace `shop` at that version. */
function accessKey(name: string, version: number, made: Made = {}): AccessKey {
  const { store = 'default', kind = 'ClusterObjectStore', finalizer = false, uid = name } = made;
  return {
    metadata: {
      ...{ name, namespace: 'shop', uid, resourceVersion: String(version) },
      finalizers: finalizer ? [FINALIZER] : [],
    },
    spec: { storeRef: { kind, name: store } },
    status: {},
  } as unknown as AccessKey;
}

function start() {
  const index = createKeysByStore();
  const watched = createCache<AccessKey>(() => {}, undefined, index.change);
  const of = (store: string) => ({
    names: [...index.of(store)].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort(),
    count: index.count(store),
    finalizers: index.countFinalizers(store),
  });
  return { watched, of };
}

const NONE = { names: [], count: 0, finalizers: 0 };

test('a store has the keys that name it, in their newest state', () => {
  const { watched, of } = start();
  watched.set(accessKey('a', 1));
  watched.set(accessKey('b', 2, { store: 'other' }));
  watched.set(accessKey('c', 3, { kind: 'ObjectStore' }));
  watched.set(accessKey('a', 4, { finalizer: true }));
  expect(of('default')).toEqual({ names: ['a@4'], count: 1, finalizers: 1 });
  expect(of('other')).toEqual({ names: ['b@2'], count: 1, finalizers: 0 });
  expect(of('shop/default')).toEqual({ names: ['c@3'], count: 1, finalizers: 0 });
  watched.set(accessKey('a', 5));
  expect(of('default')).toEqual({ names: ['a@5'], count: 1, finalizers: 0 });
  watched.remove(accessKey('a', 6));
  expect(of('default')).toEqual(NONE);
});

test('an answer to a write counts before the watch has shown it', () => {
  const { watched, of } = start();
  watched.cache.put(accessKey('a', 1, { finalizer: true }));
  expect(of('default')).toEqual({ names: ['a@1'], count: 1, finalizers: 1 });
  watched.set(accessKey('a', 1, { finalizer: true }));
  watched.set(accessKey('a', 1, { finalizer: true }));
  expect(of('default')).toEqual({ names: ['a@1'], count: 1, finalizers: 1 });
});

test('a key that was created again with another store moves there', () => {
  const { watched, of } = start();
  watched.set(accessKey('a', 1, { finalizer: true }));
  watched.set(accessKey('a', 5, { store: 'other', uid: 'another' }));
  expect([of('default'), of('other')]).toEqual([NONE, { names: ['a@5'], count: 1, finalizers: 0 }]);
});

test('a list drops the keys that it leaves out, and takes the others in once', () => {
  const { watched, of } = start();
  watched.set(accessKey('a', 1, { finalizer: true }));
  watched.set(accessKey('b', 2, { finalizer: true }));
  const items = [accessKey('b', 2, { finalizer: true }), accessKey('c', 3)];
  for (const _ of watched.replacing(items, '9'));
  expect(of('default')).toEqual({ names: ['b@2', 'c@3'], count: 2, finalizers: 1 });
  for (const _ of watched.replacing([], '12'));
  expect(of('default')).toEqual(NONE);
});
