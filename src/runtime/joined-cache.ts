import type { Cache, Cached } from './cache.ts';
import { splitKey } from './key.ts';

/**
 * Several caches of one resource as one, a namespace each: what a list of one namespace leaves out is gone from that
 * one alone. Of any other namespace there is nothing in it, and it takes nothing in.
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
