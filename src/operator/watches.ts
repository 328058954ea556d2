import type { CachedNamespace } from '../accesskey/context/context.ts';
import { type SecretFacts, secretFacts } from '../accesskey/secret/facts.ts';
import { createSecretIndex } from '../accesskey/secret/index-by-key.ts';
import { FINALIZER, LABEL_ACCESS_KEY } from '../api/names.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import type { ClusterObjectStore } from '../api/schema/clusterobjectstore.ts';
import type { ObjectStore } from '../api/schema/objectstore.ts';
import { type Namespace, type Secret, withoutManagedFields } from '../kube/objects.ts';
import {
  type AnyStore,
  ofClusterObjectStore,
  ofObjectStore,
  storeKeyOf,
} from '../objectstore/store-kinds.ts';
import { createStoreObjects } from '../objectstore/store-objects.ts';
import { keyOf } from '../runtime/key.ts';
import type { Log } from '../runtime/log.ts';
import type { Reflector } from '../runtime/reflector.ts';
import { createReflectors } from '../runtime/reflectors.ts';
import type { Resources } from './resources.ts';

/** After an AccessKey has come or gone, its store counts its keys again, once for many. */
const COUNT_AFTER_MS = 5_000;

/** Told what is to be looked at, by key. */
export interface Queues {
  queueKey(key: string): void;
  queueStore(key: string, afterMs?: number): void;
}

/** What of the cluster this operator has to do with. */
export interface Scope {
  /** The namespaces whose objects are watched; undefined: all of them. */
  readonly watchNamespaces: readonly string[] | undefined;
  /** Whether ClusterObjectStores are watched, and namespaces, by whose labels they grant. */
  readonly clusterObjectStores: boolean;
}

/** Makes the reflectors, one for each kind and watched namespace; none of them is started. */
export function createCaches(
  resources: Resources,
  { watchNamespaces, clusterObjectStores }: Scope,
  { queueKey, queueStore }: Queues,
  log: Log,
) {
  const { accessKeys, clusterStores, namespacedStores, secrets } = resources;
  const clusterWide = clusterObjectStores ? undefined : [];
  const secretIndex = createSecretIndex();
  const clusterStoreReflectors = createReflectors<ClusterObjectStore, AnyStore>({
    name: 'clusterobjectstores',
    namespaces: clusterWide,
    sourceOf: () => clusterStores.listWatch(),
    transform: ofClusterObjectStore,
    onChange: (key) => queueStore(key),
    log,
  });
  const namespacedStoreReflectors = createReflectors<ObjectStore, AnyStore>({
    name: 'objectstores',
    namespaces: watchNamespaces,
    sourceOf: (namespace) => namespacedStores.listWatch({ namespace }),
    transform: ofObjectStore,
    onChange: (key) => queueStore(key),
    log,
  });
  const stores = [clusterStoreReflectors, namespacedStoreReflectors];
  const storeObjects = createStoreObjects({
    ClusterObjectStore: {
      cache: clusterStoreReflectors.cache,
      patch: async ({ metadata }, ...rest) =>
        ofClusterObjectStore(await clusterStores.patch(metadata.name, undefined, ...rest)),
    },
    ObjectStore: {
      cache: namespacedStoreReflectors.cache,
      patch: async ({ metadata }, ...rest) =>
        ofObjectStore(await namespacedStores.patch(metadata.name, metadata.namespace, ...rest)),
    },
  });
  const accessKeyReflectors = createReflectors<AccessKey, AccessKey>({
    name: 'accesskeys',
    namespaces: watchNamespaces,
    sourceOf: (namespace) => accessKeys.listWatch({ namespace }),
    transform: withoutManagedFields,
    onChange(key, before, after) {
      queueKey(key);
      const accessKey = after ?? before;
      if (!accessKey || (before && after && hasFinalizer(before) === hasFinalizer(after))) return;
      const store = storeKeyOf(accessKey);
      // A store that is to go waits for nothing but this.
      queueStore(store, storeObjects.get(store)?.metadata.deletionTimestamp ? 0 : COUNT_AFTER_MS);
    },
    log,
  });
  const secretReflectors = createReflectors<Secret, SecretFacts>({
    name: 'secrets',
    namespaces: watchNamespaces,
    sourceOf: (namespace) => secrets.listWatch({ namespace, labelSelector: LABEL_ACCESS_KEY }),
    transform: secretFacts,
    onChange(_key, before, after) {
      for (const key of secretIndex.change(before, after)) queueKey(key);
    },
    log,
  });
  const namespaceReflectors = createReflectors<Namespace, CachedNamespace>({
    name: 'namespaces',
    namespaces: clusterWide,
    sourceOf: () => resources.namespaces.listWatch(),
    transform: toCachedNamespace,
    onChange(name, before, after) {
      // The first list says nothing new: every AccessKey is looked at after it anyway.
      if (
        !namespaceReflectors.hasSynced() ||
        JSON.stringify(before?.labels) === JSON.stringify(after?.labels)
      )
        return;
      for (const { metadata } of accessKeyReflectors.cache.values())
        if (metadata.namespace === name) queueKey(keyOf({ metadata }));
    },
    log,
  });
  const reflectors: readonly Pick<Reflector<never>, 'start' | 'stop' | 'synced' | 'name' | 'isTurning'>[] = [
    ...accessKeyReflectors.reflectors,
    ...stores.flatMap(({ reflectors }) => reflectors),
    ...secretReflectors.reflectors,
    ...namespaceReflectors.reflectors,
  ];
  return {
    reflectors,
    accessKeys: accessKeyReflectors.cache,
    secrets: secretReflectors.cache,
    namespaces: namespaceReflectors.cache,
    secretIndex,
    storeObjects,
    /** Whether this operator has to do with what is in the namespace, so that its caches have all of it. */
    isWatched: watchNamespaces ? inList(watchNamespaces) : () => true,
    /** Every store of both kinds. */
    stores: storeObjects.values,
  };
}

/** Reduces a namespace to what grants need of it. */
export function toCachedNamespace({
  metadata: { name, uid, resourceVersion, labels, creationTimestamp },
}: Namespace): CachedNamespace {
  return {
    metadata: { name, uid, resourceVersion },
    name,
    labels: labels ?? {},
    createdAt: Date.parse(creationTimestamp),
  };
}

function inList(names: readonly string[]): (name: string) => boolean {
  const set = new Set(names);
  return (name) => set.has(name);
}

function hasFinalizer({ metadata }: AccessKey): boolean {
  return metadata.finalizers?.includes(FINALIZER) === true;
}
