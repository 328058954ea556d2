import { keptAccessKey, keptFacts } from '../accesskey/context/cached.ts';
import type { CachedNamespace } from '../accesskey/context/context.ts';
import { type SecretFacts, secretFacts } from '../accesskey/secret/facts.ts';
import { createSecretIndex } from '../accesskey/secret/index-by-key.ts';
import { hasFinalizer } from '../api/finalizers.ts';
import { LABEL_ACCESS_KEY } from '../api/names.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import type { ClusterObjectStore } from '../api/schema/clusterobjectstore.ts';
import type { ObjectStore } from '../api/schema/objectstore.ts';
import type { Clientset } from '../kube/clientset.ts';
import type { Namespace, Secret } from '../kube/objects.ts';
import type { StoreContext } from '../objectstore/context.ts';
import { createKeysByStore } from '../objectstore/keys-by-store.ts';
import {
  ofClusterObjectStore,
  ofObjectStore,
  type StoreObject,
  storeKeyOf,
} from '../objectstore/store-kinds.ts';
import { createStoreObjects } from '../objectstore/store-objects.ts';
import type { BackoffOptions } from '../runtime/backoff.ts';
import type { Cached, OnChange } from '../runtime/cache.ts';
import { keyOf } from '../runtime/key.ts';
import type { Log } from '../runtime/log.ts';
import { createReflector, type Reflector } from '../runtime/reflector.ts';
import { createReflectors } from '../runtime/reflectors.ts';
import { eventLoop } from '../runtime/yield.ts';
import type { Enqueue } from './enqueue.ts';
import type { Timings } from './timings.ts';

/**
 * The delay before a store counts its keys after an AccessKey has come or gone. One count serves many
 * changes.
 */
const COUNT_AFTER_MS = 2_000;

/** The part of the cluster that this operator serves. */
interface Scope {
  /** The namespaces whose objects the operator watches; undefined: all of them. */
  readonly watchNamespaces: readonly string[] | undefined;
  /**
   * True if the operator watches ClusterObjectStores, and the namespaces, by whose labels they grant access.
   */
  readonly clusterObjectStores: boolean;
}

/** The inputs of the watches, beside the clientset. */
export interface WatchOptions {
  readonly config: Scope;
  readonly timings: Pick<Timings, 'watchRetryBaseMs'>;
  readonly log: Log;
}

/** Hears of each AccessKey, by its key and its uid, when it appears in the cache. */
type OnAppeared = (key: string, uid: string) => void;

/** The watches and their caches. */
export type Watches = ReturnType<typeof createWatches>;

/** Makes the reflectors, one for each kind and watched namespace. It starts none of them. */
export function createWatches(
  clientset: Clientset,
  { config: { watchNamespaces, clusterObjectStores }, timings, log }: WatchOptions,
) {
  const backoff = { baseMs: timings.watchRetryBaseMs };
  const { accessKeys, clusterStores, namespacedStores, secrets } = clientset;
  const clusterWide = clusterObjectStores ? undefined : [];
  const secretIndex = createSecretIndex();
  const keysByStore = createKeysByStore();
  const clusterStoreReflectors = createReflectors<ClusterObjectStore, StoreObject>({
    name: 'clusterobjectstores',
    namespaces: clusterWide,
    sourceOf: () => clusterStores.listWatch(),
    transform: ofClusterObjectStore,
    log,
    backoff,
  });
  const namespacedStoreReflectors = createReflectors<ObjectStore, StoreObject>({
    name: 'objectstores',
    namespaces: watchNamespaces,
    sourceOf: (namespace) => namespacedStores.listWatch({ namespace }),
    transform: ofObjectStore,
    log,
    backoff,
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
    transform: keptAccessKey,
    onHeld: keysByStore.change,
    log,
    backoff,
  });
  const secretReflectors = createReflectors<Secret, SecretFacts>({
    name: 'secrets',
    namespaces: watchNamespaces,
    sourceOf: (namespace) => secrets.listWatch({ namespace, labelSelector: LABEL_ACCESS_KEY }),
    transform: (secret) => keptFacts(secretFacts(secret)),
    log,
    backoff,
  });
  const namespaceReflectors = createReflectors<Namespace, CachedNamespace>({
    name: 'namespaces',
    namespaces: clusterWide,
    sourceOf: () => clientset.namespaces.listWatch(),
    transform: toCachedNamespace,
    log,
    backoff,
  });
  const reflectors: readonly Pick<Reflector<never>, 'stop' | 'synced' | 'hasSynced' | 'name' | 'isAlive'>[] =
    [
      ...accessKeyReflectors.reflectors,
      ...stores.flatMap(({ reflectors }) => reflectors),
      ...secretReflectors.reflectors,
      ...namespaceReflectors.reflectors,
    ];

  function onAccessKey({ accessKey, store, count }: Enqueue, onAppeared: OnAppeared): OnChange<AccessKey> {
    return (key, before, after) => {
      if (after && after.metadata.uid !== before?.metadata.uid) onAppeared(key, after.metadata.uid);
      accessKey(key);
      const changed = after ?? before;
      if (!changed || (before && after && hasFinalizer(before.metadata) === hasFinalizer(after.metadata)))
        return;
      const storeKey = storeKeyOf(changed);
      // A store that is being deleted waits for nothing else.
      if (storeObjects.get(storeKey)?.metadata.deletionTimestamp) store(storeKey);
      else count(storeKey, COUNT_AFTER_MS);
    };
  }

  function onNamespace({ accessKey }: Enqueue): OnChange<CachedNamespace> {
    return (name, before, after) => {
      // The first list brings nothing new: the operator checks every AccessKey after it anyway.
      if (!namespaceReflectors.hasSynced()) return;
      if (JSON.stringify(before?.labels) === JSON.stringify(after?.labels)) return;
      void enqueueNamespace(name, accessKey);
    };
  }

  async function enqueueNamespace(name: string, accessKey: Enqueue['accessKey']): Promise<void> {
    for (const { metadata } of accessKeyReflectors.cache.values()) {
      await eventLoop.yield();
      if (metadata.namespace === name) accessKey(keyOf({ metadata }));
    }
  }

  return {
    reflectors,
    /** Starts the watches, and queues the objects that a change concerns. */
    start(enqueue: Enqueue, onAppeared: OnAppeared): void {
      for (const store of stores) store.start((key) => enqueue.store(key));
      accessKeyReflectors.start(onAccessKey(enqueue, onAppeared));
      secretReflectors.start((_key, before, after) => {
        for (const key of secretIndex.change(before, after)) enqueue.accessKey(key);
      });
      namespaceReflectors.start(onNamespace(enqueue));
    },
    /** Resolves once every cache is complete. */
    synced: Promise.all(reflectors.map(({ synced }) => synced)),
    /** Returns the names of the caches that aren't complete yet. */
    unsynced: () => reflectors.filter((one) => !one.hasSynced()).map(({ name }) => name),
    /** Ends the watches. */
    stop: async () => void (await Promise.all(reflectors.map((reflector) => reflector.stop()))),
    accessKeys: accessKeyReflectors.cache,
    secrets: secretReflectors.cache,
    namespaces: namespaceReflectors.cache,
    secretIndex,
    keysByStore,
    storeObjects,
    /**
     * Takes in a Secret after a write that was a create or was bound to a version. It therefore holds no
     * other writer's change.
     */
    wroteSecret(written: SecretFacts): void {
      const facts = keptFacts(written);
      secretReflectors.cache.put(facts, { exclusive: true });
      secretIndex.add(facts);
    },
    /** True if this operator serves the namespace, so that its caches are complete for it. */
    isWatched: watchNamespaces ? inList(watchNamespaces) : () => true,
    watchObject: objectWatcher(clientset, log, backoff),
  };
}

/** Reduces a namespace to the fields that grants need. */
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

/**
 * Returns a function that watches one object, calls back at its changes, and returns a function that ends the
 * watch. The watch keeps none of the object's content; its users read the object when they need it.
 */
function objectWatcher(
  { secrets, configMaps }: Clientset,
  log: Log,
  backoff: BackoffOptions,
): StoreContext['watchObject'] {
  return (kind, namespace, name, onChange) => {
    const selection = { namespace, fieldSelector: `metadata.name=${name}` };
    const reflector = createReflector<Cached, Cached>({
      name: `${kind} ${namespace}/${name}`,
      source: kind === 'Secret' ? secrets.listWatch(selection) : configMaps.listWatch(selection),
      transform: ({ metadata }) => ({ metadata }),
      log,
      backoff,
    });
    reflector.start(onChange);
    return () => void reflector.stop();
  };
}

function inList(names: readonly string[]): (name: string) => boolean {
  const set = new Set(names);
  return (name) => set.has(name);
}
