import type { Cache, Cached, OnChange } from './cache.ts';
import { joinCaches } from './joined-cache.ts';
import type { ListWatch } from './list-watch.ts';
import { createReflector, type Reflector, type ReflectorOptions } from './reflector.ts';

/** Options of a set of reflectors. */
export interface ReflectorsOptions<Raw extends Cached, T extends Cached>
  extends Omit<ReflectorOptions<Raw, T>, 'source'> {
  /** The watched namespaces: undefined for all objects of the resource, an empty list for none. */
  readonly namespaces: readonly string[] | undefined;
  /** Returns the source of one namespace's objects; without a namespace, of all objects. */
  readonly sourceOf: (namespace?: string) => ListWatch<Raw>;
}

/** The reflectors of one resource, and one cache over all of them. */
export interface Reflectors<T extends Cached> {
  readonly reflectors: readonly Reflector<T>[];
  readonly cache: Cache<T>;
  /** True if every reflector has synced. */
  hasSynced(): boolean;
  /** Starts every reflector. */
  start(onChange: OnChange<T>): void;
}

/** Makes one reflector for all objects, or one per namespace. It starts none of them. */
export function createReflectors<Raw extends Cached, T extends Cached>({
  namespaces,
  sourceOf,
  ...options
}: ReflectorsOptions<Raw, T>): Reflectors<T> {
  if (namespaces === undefined) {
    const reflector = createReflector({ ...options, source: sourceOf() });
    const { cache, hasSynced, start } = reflector;
    return { reflectors: [reflector], cache, hasSynced, start };
  }
  const caches = new Map<string, Cache<T>>();
  const reflectors = namespaces.map((namespace) => {
    const name = `${options.name} in ${namespace}`;
    const reflector = createReflector({ ...options, name, source: sourceOf(namespace) });
    caches.set(namespace, reflector.cache);
    return reflector;
  });
  return {
    reflectors,
    cache: joinCaches(caches),
    hasSynced: () => reflectors.every((reflector) => reflector.hasSynced()),
    start: (onChange) => {
      for (const reflector of reflectors) reflector.start(onChange);
    },
  };
}
