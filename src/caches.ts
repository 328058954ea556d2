import type { CachedNamespace } from './accesskey/context.ts';
import { type SecretFacts, secretFacts } from './accesskey/secret.ts';
import { createSecretIndex } from './accesskey/secret-index.ts';
import type { AccessKey } from './api/accesskey.ts';
import type { ClusterObjectStore } from './api/clusterobjectstore.ts';
import { FINALIZER, LABEL_ACCESS_KEY } from './api/names.ts';
import type { ObjectStore } from './api/objectstore.ts';
import { type Namespace, type Secret, withoutManagedFields } from './kube/objects.ts';
import { type AnyStore, ofClusterObjectStore, ofObjectStore, storeKeyOf } from './objectstore/any-store.ts';
import { createStoreObjects } from './objectstore/store-objects.ts';
import type { Resources } from './resources.ts';
import { keyOf } from './runtime/key.ts';
import type { Log } from './runtime/log.ts';
import { createReflector, type Reflector } from './runtime/reflector.ts';

/** After an AccessKey has come or gone, its store counts its keys again, once for many. */
const COUNT_AFTER_MS = 5_000;

/** Told what is to be looked at, by key. */
export interface Queues {
  queueKey(key: string): void;
  queueStore(key: string, afterMs?: number): void;
}

/** What is watched, and what of it concerns whom. */
export type Caches = ReturnType<typeof createCaches>;

/** Makes the reflectors, one for each kind; none of them is started. */
export function createCaches(resources: Resources, { queueKey, queueStore }: Queues, log: Log) {
  const { clusterStores, namespacedStores } = resources;
  const secretIndex = createSecretIndex();
  const clusterStoreReflector = createReflector<ClusterObjectStore, AnyStore>({
    name: 'clusterobjectstores',
    source: clusterStores.listWatch(),
    transform: ofClusterObjectStore,
    onChange: (key) => queueStore(key),
    log,
  });
  const namespacedStoreReflector = createReflector<ObjectStore, AnyStore>({
    name: 'objectstores',
    source: namespacedStores.listWatch(),
    transform: ofObjectStore,
    onChange: (key) => queueStore(key),
    log,
  });
  const storeReflectors = [clusterStoreReflector, namespacedStoreReflector];
  const storeObjects = createStoreObjects({
    ClusterObjectStore: {
      cache: clusterStoreReflector.cache,
      patch: async ({ metadata }, ...rest) =>
        ofClusterObjectStore(await clusterStores.patch(metadata.name, undefined, ...rest)),
    },
    ObjectStore: {
      cache: namespacedStoreReflector.cache,
      patch: async ({ metadata }, ...rest) =>
        ofObjectStore(await namespacedStores.patch(metadata.name, metadata.namespace, ...rest)),
    },
  });
  const accessKeyReflector = createReflector<AccessKey, AccessKey>({
    name: 'accesskeys',
    source: resources.accessKeys.listWatch(),
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
  const secretReflector = createReflector<Secret, SecretFacts>({
    name: 'secrets',
    source: resources.secrets.listWatch({ labelSelector: LABEL_ACCESS_KEY }),
    transform: secretFacts,
    onChange(_key, before, after) {
      for (const key of secretIndex.change(before, after)) queueKey(key);
    },
    log,
  });
  const namespaceReflector = createReflector<Namespace, CachedNamespace>({
    name: 'namespaces',
    source: resources.namespaces.listWatch(),
    transform: ({ metadata: { name, uid, resourceVersion, labels } }) => ({
      metadata: { name, uid, resourceVersion },
      name,
      labels: labels ?? {},
    }),
    onChange(name, before, after) {
      // The first list says nothing new: every AccessKey is looked at after it anyway.
      if (!namespaceReflector.hasSynced() || JSON.stringify(before?.labels) === JSON.stringify(after?.labels))
        return;
      for (const { metadata } of accessKeyReflector.cache.values())
        if (metadata.namespace === name) queueKey(keyOf({ metadata }));
    },
    log,
  });
  const reflectors: readonly Pick<Reflector<never>, 'start' | 'stop' | 'synced' | 'name' | 'isTurning'>[] = [
    accessKeyReflector,
    ...storeReflectors,
    secretReflector,
    namespaceReflector,
  ];
  return {
    reflectors,
    accessKeys: accessKeyReflector.cache,
    secrets: secretReflector.cache,
    namespaces: namespaceReflector.cache,
    secretIndex,
    storeObjects,
    /** Every store of both kinds. */
    stores: () => storeReflectors.flatMap(({ cache }) => [...cache.values()]),
  };
}

function hasFinalizer({ metadata }: AccessKey): boolean {
  return metadata.finalizers?.includes(FINALIZER) === true;
}
