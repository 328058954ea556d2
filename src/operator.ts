import type { CachedNamespace, Context } from './accesskey/context.ts';
import type { RandomBytes } from './accesskey/credential.ts';
import type { Cluster } from './accesskey/identity.ts';
import { reconcileAccessKey } from './accesskey/reconcile.ts';
import { type SecretFacts, secretFacts } from './accesskey/secret.ts';
import { createSecretIndex } from './accesskey/secret-index.ts';
import { createWatchlist } from './accesskey/watchlist.ts';
import type { AccessKey } from './api/accesskey.ts';
import type { ClusterObjectStore } from './api/clusterobjectstore.ts';
import { FINALIZER, GROUP, LABEL_ACCESS_KEY, VERSION } from './api/names.ts';
import type { ObjectStore } from './api/objectstore.ts';
import type { Config } from './config.ts';
import { type Shown, startEndpoints } from './endpoints.ts';
import { createKubeClient, type KubeClient } from './kube/client.ts';
import type { Connection } from './kube/connection.ts';
import { createEventRecorder } from './kube/events.ts';
import { type ConfigMap, type Namespace, type Secret, withoutManagedFields } from './kube/objects.ts';
import { kubeResource } from './kube/resource.ts';
import { createLeadership } from './leadership.ts';
import { controllerTimes, kubeTimes, storeTimes } from './metrics/instruments.ts';
import { reasonFor, storeFacts } from './metrics/inventory.ts';
import { createMetrics } from './metrics/metrics.ts';
import { type AnyStore, ofClusterObjectStore, ofObjectStore, storeKeyOf } from './objectstore/any-store.ts';
import { close } from './objectstore/connect.ts';
import type { StoreContext } from './objectstore/context.ts';
import { reconcileStore } from './objectstore/reconcile.ts';
import { endWatches } from './objectstore/references.ts';
import { createRegistry } from './objectstore/registry.ts';
import { createStoreObjects } from './objectstore/store-objects.ts';
import { createBackoff } from './runtime/backoff.ts';
import type { Cached } from './runtime/cache.ts';
import { createController } from './runtime/controller.ts';
import { keyOf } from './runtime/key.ts';
import type { Log } from './runtime/log.ts';
import { createReflector, type Reflector } from './runtime/reflector.ts';
import { sleep } from './runtime/sleep.ts';
import { MINIO_ACTIONS } from './store/minio/actions.ts';
import { createMinioStore } from './store/minio/admin.ts';
import { OPERATOR_VERSION } from './version.ts';

export interface Operator {
  readonly config: Config;
  readonly connection: Connection;
  readonly log: Log;
  /** Ends the operator when it aborts. */
  readonly signal: AbortSignal;
  /** The pod's name, or the host's, for Events. */
  readonly instance: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly randomBytes: RandomBytes;
}

/** How many stores' keys may be worked on at full width at once: a store that hangs takes its own width and no more. */
const STORES_AT_ONCE = 16;
/** Of the stores that can be used, and of those that can't: the latter keep only each other waiting. */
const STORE_CONCURRENCY = 16;
/** After an AccessKey has come or gone, its store counts its keys again, once for many. */
const COUNT_AFTER_MS = 5_000;
/** How long the last Events may take, before another replica is let in. */
const EVENTS_GRACE_MS = 1_000;

/**
 * Puts the parts together and runs them until the signal aborts; resolves when all of it has ended.
 * @throws NotLeaderError when this process was the leader and can't be sure any more that it is. Its reconciles have
 * been aborted, but it still has connections and watches: it is to exit at once. A new process is the one thing that
 * surely holds nothing of the term before
 */
export async function run(operator: Operator): Promise<void> {
  const { config, log, signal, now, random } = operator;
  const metrics = createMetrics(OPERATOR_VERSION);
  const leadership = createLeadership({
    observe: [kubeTimes(metrics)],
    config: config.leaderElection,
    connection: operator.connection,
    log,
    identity:
      config.leaderElection.identity ?? `${operator.instance}_${operator.randomBytes(6).toString('hex')}`,
    now,
    random,
  });
  const shown: Shown = {
    loops: [{ ...leadership, name: 'leader election' }],
    synced: false,
    inventory: undefined,
  };
  const endpoints = await startEndpoints(config, metrics, shown, log);
  const { intercept } = leadership;
  const client = createKubeClient(operator.connection, {
    userAgent: 'access-key-operator',
    intercept: [...intercept, kubeTimes(metrics)],
  });
  const closeAll = () => Promise.all([leadership.close(), client.close(), endpoints?.close()]);
  const cluster = await findCluster(client, config, log, signal);
  if (!cluster) {
    await closeAll();
    return;
  }

  const events = createEventRecorder({
    client,
    component: `${GROUP}/access-key-operator`,
    instance: operator.instance,
    log,
    now,
  });
  const custom = { client, group: GROUP, version: VERSION };
  const core = { client, group: '', version: 'v1' };
  const accessKeys = kubeResource<AccessKey>({ ...custom, plural: 'accesskeys', namespaced: true });
  const clusterStores = kubeResource<ClusterObjectStore>({
    ...custom,
    plural: 'clusterobjectstores',
    namespaced: false,
  });
  const namespacedStores = kubeResource<ObjectStore>({ ...custom, plural: 'objectstores', namespaced: true });
  const secrets = kubeResource<Secret>({ ...core, plural: 'secrets', namespaced: true });
  const configMaps = kubeResource<ConfigMap>({ ...core, plural: 'configmaps', namespaced: true });
  const namespaces = kubeResource<Namespace>({ ...core, plural: 'namespaces', namespaced: false });

  const watchlist = createWatchlist(config.policyCheckMs, now, random);
  const secretIndex = createSecretIndex();
  const retry = { baseMs: 500, maxMs: 60_000, random };
  const storeOf = (key: string) => {
    const accessKey = accessKeyReflector.cache.get(key);
    return accessKey ? storeKeyOf(accessKey) : '';
  };
  const keyController = createController({
    name: 'accesskey',
    concurrency: config.concurrency * STORES_AT_ONCE,
    lanes: { of: storeOf, concurrency: config.concurrency },
    reconcile: (key, abort) => reconcileAccessKey(keyContext, key, abort),
    ...controllerTimes(metrics, 'accesskey', (key) => reasonFor(accessKeyReflector.cache.get(key))),
    backoff: createBackoff(retry),
    log,
  });
  const storeController = createController({
    name: 'objectstore',
    concurrency: 2 * STORE_CONCURRENCY,
    lanes: {
      of: (key) => (registry.get(key)?.view.kind === 'notReady' ? 'away' : 'there'),
      concurrency: STORE_CONCURRENCY,
    },
    reconcile: (key, abort) => reconcileStore(storeContext, registry, key, abort),
    ...controllerTimes(metrics, 'objectstore', (key) => reasonFor(storeObjects.get(key))),
    backoff: createBackoff(retry),
    timeoutMs: 180_000,
    log,
  });
  /** Until this process leads, nothing is queued, and nothing piles up: all of it is queued when it does. */
  let leads = false;
  const queueKey = (key: string) => {
    if (leads) keyController.queue.add(key);
  };
  const queueStore = (key: string, afterMs = 0) => {
    if (leads) storeController.queue.addAfter(key, afterMs);
  };

  const accessKeyReflector = createReflector<AccessKey, AccessKey>({
    name: 'accesskeys',
    source: accessKeys.listWatch(),
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
  const storeReflectors = [
    createReflector<ClusterObjectStore, AnyStore>({
      name: 'clusterobjectstores',
      source: clusterStores.listWatch(),
      transform: ofClusterObjectStore,
      onChange: (key) => queueStore(key),
      log,
    }),
    createReflector<ObjectStore, AnyStore>({
      name: 'objectstores',
      source: namespacedStores.listWatch(),
      transform: ofObjectStore,
      onChange: (key) => queueStore(key),
      log,
    }),
  ] as const;
  const storeObjects = createStoreObjects({
    ClusterObjectStore: {
      cache: storeReflectors[0].cache,
      patch: async ({ metadata }, ...rest) =>
        ofClusterObjectStore(await clusterStores.patch(metadata.name, undefined, ...rest)),
    },
    ObjectStore: {
      cache: storeReflectors[1].cache,
      patch: async ({ metadata }, ...rest) =>
        ofObjectStore(await namespacedStores.patch(metadata.name, metadata.namespace, ...rest)),
    },
  });
  const secretReflector = createReflector<Secret, SecretFacts>({
    name: 'secrets',
    source: secrets.listWatch({ labelSelector: LABEL_ACCESS_KEY }),
    transform: secretFacts,
    onChange(_key, before, after) {
      for (const key of secretIndex.change(before, after)) queueKey(key);
    },
    log,
  });
  const namespaceReflector = createReflector<Namespace, CachedNamespace>({
    name: 'namespaces',
    source: namespaces.listWatch(),
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

  const exists = (key: string) => storeObjects.get(key) !== undefined;
  const registry = createRegistry({ exists, queueStore, now });
  const keyContext: Context = {
    cluster,
    accessKeys,
    secrets,
    accessKeyCache: accessKeyReflector.cache,
    secretCache: secretReflector.cache,
    namespaceCache: namespaceReflector.cache,
    wroteSecret(facts) {
      // Bound to a version, or a create: nobody else's change is in it.
      secretReflector.cache.put(facts, { exclusive: true });
      secretIndex.add(facts);
    },
    secretsOf: secretIndex.namesOf,
    stores: registry,
    watchlist,
    events,
    foundDrift: (kind) => metrics.drift.inc({ kind }),
    log,
    policyCheckMs: config.policyCheckMs,
    clockSkewMs: client.clockSkewMs,
    now,
    random,
    randomBytes: operator.randomBytes,
  };
  const storeContext: StoreContext = {
    cluster,
    stores: storeObjects,
    secrets,
    configMaps,
    accessKeyCache: accessKeyReflector.cache,
    secretCache: secretReflector.cache,
    watchlist,
    providers: {
      MinIO: {
        actions: MINIO_ACTIONS,
        open: ({ caBundle, store, ...rest }) =>
          createMinioStore({
            ...rest,
            intercept: [...intercept, storeTimes(metrics, store)],
            ...(caBundle !== undefined && { caBundle }),
            now,
          }),
      },
    },
    namespacedEndpoints: config.namespacedStoreEndpoints,
    watchObject(kind, namespace, name, onChange) {
      const selection = { namespace, fieldSelector: `metadata.name=${name}` };
      const reflector = createReflector<Cached, Cached>({
        name: `${kind} ${namespace}/${name}`,
        source: kind === 'Secret' ? secrets.listWatch(selection) : configMaps.listWatch(selection),
        // Only that it has changed: what it holds is read when it is needed, and kept nowhere.
        transform: ({ metadata }) => ({ metadata }),
        onChange,
        log,
      });
      reflector.start();
      return () => void reflector.stop();
    },
    queueAccessKey: queueKey,
    queueStore,
    events,
    log,
    now,
    random,
  };

  const reflectors: Pick<Reflector<never>, 'start' | 'stop' | 'synced' | 'name' | 'isTurning'>[] = [
    accessKeyReflector,
    ...storeReflectors,
    secretReflector,
    namespaceReflector,
  ];
  shown.loops.push(...reflectors, keyController, storeController);
  shown.inventory = () => ({
    leads: leads && leadership.isLeader(),
    queues: [keyController, storeController].map(({ name, queue }) => ({
      controller: name,
      depth: queue.length,
    })),
    accessKeys: accessKeyReflector.cache.values(),
    stores: storeFacts(
      storeReflectors.flatMap(({ cache }) => [...cache.values()]),
      registry,
    ),
  });
  for (const reflector of reflectors) reflector.start();
  await Promise.race([Promise.all(reflectors.map(({ synced }) => synced)), aborted(signal)]);
  if (!signal.aborted) {
    shown.synced = true;
    log.info({ cluster: cluster.name, clusterUid: cluster.uid, concurrency: config.concurrency }, 'ready');
  }
  if (await leadership.acquire(signal)) {
    leads = true;
    // By the name of what there is: what has gone before needs nothing.
    for (const { cache } of storeReflectors) for (const store of cache.values()) queueStore(keyOf(store));
    for (const accessKey of accessKeyReflector.cache.values()) queueKey(keyOf(accessKey));
    storeController.start();
    keyController.start();
    await Promise.race([aborted(signal), aborted(leadership.lost)]);
  }

  // After a loss another one may work on the same keys: nothing is finished any more.
  const graceMs = leadership.lost.aborted ? 0 : config.shutdownGraceMs;
  await Promise.all([keyController.stop(graceMs), storeController.stop(graceMs)]);
  leadership.lost.throwIfAborted();
  await events.flush(EVENTS_GRACE_MS);
  await leadership.release();
  for (const key of registry.keys()) {
    const entry = registry.entry(key);
    endWatches(entry);
    await close({ log }, entry.client);
  }
  await Promise.all(reflectors.map((reflector) => reflector.stop()));
  await closeAll();
}

function hasFinalizer({ metadata }: AccessKey): boolean {
  return metadata.finalizers?.includes(FINALIZER) === true;
}

/** The cluster's UID, which only the API server knows; asked for until it answers. Undefined if the signal aborts first. */
async function findCluster(
  client: KubeClient,
  config: Config,
  log: Log,
  signal: AbortSignal,
): Promise<Cluster | undefined> {
  for (let delayMs = 500; !signal.aborted; delayMs = Math.min(2 * delayMs, 15_000)) {
    try {
      const { metadata } = await client.request<Namespace>({
        method: 'GET',
        path: '/api/v1/namespaces/kube-system',
        signal,
      });
      return { name: config.clusterName ?? metadata.uid, uid: metadata.uid };
    } catch (error) {
      if (signal.aborted) return undefined;
      log.warn({ err: error }, 'the API server does not tell the UID of namespace kube-system; trying again');
      await sleep(delayMs, signal);
    }
  }
  return undefined;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
