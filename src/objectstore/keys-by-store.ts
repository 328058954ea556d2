import { hasFinalizer } from '../api/finalizers.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { storeKeyOf } from './store-kinds.ts';

/**
 * The cached AccessKeys by the store that they name. With it, the work for one store depends on its own keys
 * only, however many other stores and keys there are.
 */
export interface KeysByStore {
  /** Records a change of the cache's content. */
  change(key: string, before: AccessKey | undefined, after: AccessKey | undefined): void;
  /** Returns the AccessKeys of a store, in no order. It sees changes that happen while the caller reads. */
  of(storeKey: string): Iterable<AccessKey>;
  /** Returns the number of AccessKeys of a store. */
  count(storeKey: string): number;
  /** Returns the number of AccessKeys of a store that have the finalizer. */
  countFinalizers(storeKey: string): number;
}

interface Keys {
  readonly all: Map<string, AccessKey>;
  finalizers: number;
}

/** Returns an empty index. */
export function createKeysByStore(): KeysByStore {
  const stores = new Map<string, Keys>();

  function add(storeKey: string, key: string, accessKey: AccessKey): void {
    const keys = stores.get(storeKey) ?? { all: new Map(), finalizers: 0 };
    stores.set(storeKey, keys);
    keys.all.set(key, accessKey);
    if (hasFinalizer(accessKey.metadata)) keys.finalizers += 1;
  }

  /** @param stays true if the key gets its next state in this store, so that it keeps its place */
  function remove(storeKey: string, key: string, accessKey: AccessKey, stays: boolean): void {
    const keys = stores.get(storeKey);
    if (!keys) return;
    if (hasFinalizer(accessKey.metadata)) keys.finalizers -= 1;
    if (stays) return;
    keys.all.delete(key);
    if (keys.all.size === 0) stores.delete(storeKey);
  }

  return {
    change(key, before, after) {
      const was = before && storeKeyOf(before);
      // An AccessKey that was created again may name another store.
      const is = after && storeKeyOf(after);
      if (before && was !== undefined) remove(was, key, before, was === is);
      if (after && is !== undefined) add(is, key, after);
    },
    of: (storeKey) => stores.get(storeKey)?.all.values() ?? [],
    count: (storeKey) => stores.get(storeKey)?.all.size ?? 0,
    countFinalizers: (storeKey) => stores.get(storeKey)?.finalizers ?? 0,
  };
}
