import { FIELD_MANAGER } from '../api/names.ts';
import type { PatchOptions } from '../kube/calls.ts';
import type { Cache } from '../runtime/cache.ts';
import type { StoreObjects } from './context.ts';
import { kindOf, type StoreObject } from './store-kinds.ts';

/** Cache and client of one kind of store. */
interface Kind {
  readonly cache: Cache<StoreObject>;
  patch(store: StoreObject, body: object, options: PatchOptions): Promise<StoreObject>;
}

/** Combines the stores of both kinds. A key with a namespace is an ObjectStore's. */
export function createStoreObjects(kinds: Readonly<Record<StoreObject['kind'], Kind>>): StoreObjects {
  return {
    get: (key) => kinds[kindOf(key)].cache.get(key),
    values: () => Object.values(kinds).flatMap(({ cache }) => [...cache.values()]),
    async patch(store, body, options) {
      const { cache, patch } = kinds[store.kind];
      const live = await patch(store, body, { ...options, fieldManager: FIELD_MANAGER });
      // The patch names a version, so the answer holds nobody else's change.
      cache.put(live, { exclusive: true });
    },
  };
}
