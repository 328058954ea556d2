import type { Cache, Cached } from './cache.ts';
import { splitKey } from './key.ts';

/**
 * Joins the caches of one resource, one per namespace. An object that the list of one namespace leaves out
 * goes from that cache alone. The joined cache has nothing of any other namespace, and takes nothing of it
 * in.
 */
export function joinCaches<T extends Cached>(byNamespace: ReadonlyMap<string, Cache<T>>): Cache<T> {
  const cacheOf = (key: string) => byNamespace.get(splitKey(key).namespace ?? '');
  return {
    get: (key) => cacheOf(key)?.get(key),
    *values() {
      for (const cache of byNamespace.values()) yield* cache.values();
    },
    get size() {
      return byNamespace.values().reduce((sum, { size }) => sum + size, 0);
    },
    put: (object, options) => byNamespace.get(object.metadata.namespace ?? '')?.put(object, options),
    writing: (key, write) => cacheOf(key)?.writing(key, write) ?? write(),
  };
}
