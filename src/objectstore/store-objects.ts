import { FIELD_MANAGER } from '../api/names.ts';
import type { PatchOptions } from '../kube/calls.ts';
import type { Cache } from '../runtime/cache.ts';
import type { StoreObjects } from './context.ts';
import type { AnyStore } from './store-kinds.ts';

/** How to get at the stores of one kind. */
interface Kind {
  readonly cache: Cache<AnyStore>;
  patch(store: AnyStore, body: object, options: PatchOptions): Promise<AnyStore>;
}

/** The stores of both kinds as one. A key with a namespace is an ObjectStore's. */
export function createStoreObjects(kinds: Readonly<Record<AnyStore['kind'], Kind>>): StoreObjects {
  return {
    get: (key) => kinds[key.includes('/') ? 'ObjectStore' : 'ClusterObjectStore'].cache.get(key),
    values: () => Object.values(kinds).flatMap(({ cache }) => [...cache.values()]),
    async patch(store, body, options) {
      const { cache, patch } = kinds[store.kind];
      const live = await patch(store, body, { ...options, fieldManager: FIELD_MANAGER });
      // Bound to a version: nobody else's change is in it.
      cache.put(live, { exclusive: true });
    },
  };
}
