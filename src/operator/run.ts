import type { Context } from '../accesskey/context/context.ts';
import { createWatchlist } from '../accesskey/context/hints.ts';
import { reconcileAccessKey } from '../accesskey/reconcile.ts';
import { isToBeRevoked } from '../accesskey/rotation/lifetime.ts';
import { GROUP } from '../api/names.ts';
import { type Config, MOST_CONCURRENCY } from '../config/config.ts';
import { createKubeClient } from '../kube/client.ts';
import type { Connection } from '../kube/connection.ts';
import { createEventRecorder } from '../kube/events.ts';
import { controllerTimes, kubeTimes, storeTimes } from '../metrics/instruments.ts';
import { reasonFor, storeFacts } from '../metrics/inventory.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { close } from '../objectstore/connect.ts';
import type { StoreContext } from '../objectstore/context.ts';
import { reconcileStore } from '../objectstore/reconcile.ts';
import { endWatches } from '../objectstore/references.ts';
import { type AnyStore, storeKeyOf } from '../objectstore/store-kinds.ts';
import { createRegistry } from '../objectstore/stores.ts';
import type { RandomBytes } from '../ownership/new-pair.ts';
import { MINIO_ACTIONS } from '../provider/minio/actions.ts';
import { createMinioStore } from '../provider/minio/admin.ts';
import type { Store } from '../provider/provider.ts';
import { type Concurrency, createConcurrency } from '../runtime/adaptive-limit.ts';
import { createBackoff } from '../runtime/backoff.ts';
import type { Cached } from '../runtime/cache.ts';
import { createController } from '../runtime/controller.ts';
import type { Place } from '../runtime/fair-queue.ts';
import { keyOf, splitKey } from '../runtime/key.ts';
import type { Log } from '../runtime/log.ts';
import { createReflector } from '../runtime/reflector.ts';
import { createRound } from '../runtime/spread.ts';
import { loopTurns } from '../runtime/yield.ts';
import { type Shown, startEndpoints } from '../server/endpoints.ts';
import { OPERATOR_VERSION } from '../version.ts';
import { findCluster } from './cluster.ts';
import { createLeadership } from './leadership.ts';
import { createResources } from './resources.ts';
import { createCaches } from './watches.ts';

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
/** So many times what the configuration says, and no more than it could, where a store is far away. */
const FAR_AWAY = 4;
/** Of the stores that can be used, and of those that can't: the latter keep only each other waiting. */
const STORE_CONCURRENCY = 16;
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
  const closeAll = () => Promise.all([leadership.close(), client.close(), endpoints.close()]);
  const cluster = await findCluster(client, config, log, signal);
  if (!cluster) {
    await closeAll();
    return;
  }

  const keysWait = () => keyController.queue.length > 0;
  const events = createEventRecorder({
    client,
    component: `${GROUP}/access-key-operator`,
    instance: operator.instance,
    log,
    isBusy: keysWait,
    now,
  });
  const resources = createResources(client);
  const { secrets, configMaps } = resources;
  const watchlist = createWatchlist(now);
  const retry = { baseMs: 500, maxMs: 60_000, random };
  const placeOfKey = (key: string): Place => {
    const accessKey = caches.accessKeys.get(key);
    const flow = splitKey(key).namespace ?? '';
    if (!accessKey) return { group: '', flow, urgent: false };
    return { group: storeKeyOf(accessKey), flow, urgent: isToBeRevoked(accessKey, now()) };
  };
  const mostAtOnce = Math.max(config.concurrency, Math.min(MOST_CONCURRENCY, FAR_AWAY * config.concurrency));
  const concurrencies = new WeakMap<Store, Concurrency>();
  const concurrencyOf = (store: string) => {
    const client = registry.get(store)?.client;
    return (client && concurrencies.get(client)?.value) ?? config.concurrency;
  };
  const keyController = createController({
    name: 'accesskey',
    concurrency: mostAtOnce * STORES_AT_ONCE,
    fairness: { placeOf: placeOfKey, limit: concurrencyOf },
    reconcile: (key, abort) => reconcileAccessKey(keyContext, key, abort),
    ...controllerTimes(metrics, 'accesskey', (key) => reasonFor(caches.accessKeys.get(key))),
    backoff: createBackoff(retry),
    log,
  });
  const storeController = createController({
    name: 'objectstore',
    concurrency: 4 * STORE_CONCURRENCY,
    fairness: {
      placeOf: (key) => ({
        group: registry.get(key)?.view.kind === 'notReady' ? 'away' : 'there',
        flow: splitKey(key).namespace ?? '',
        urgent: false,
      }),
      limit: () => STORE_CONCURRENCY,
    },
    reconcile: (key, abort) => reconcileStore(storeContext, registry, key, abort),
    ...controllerTimes(metrics, 'objectstore', (key) => reasonFor(caches.storeObjects.get(key))),
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

  const caches = createCaches(resources, config, { queueKey, queueStore }, log);
  const { storeObjects, secretIndex, reflectors } = caches;

  const exists = (key: string) => storeObjects.get(key) !== undefined;
  const { clusterObjectStores, watchNamespaces } = config;
  const readsClusterStores = clusterObjectStores && watchNamespaces !== undefined;
  const readsOnly = (kind: AnyStore['kind']) => readsClusterStores && kind === 'ClusterObjectStore';
  const registry = createRegistry({ exists, clusterObjectStores, readsOnly, queueStore, now });
  const keyContext: Context = {
    cluster,
    allowed: config.secrets,
    accessKeys: resources.accessKeys,
    secrets,
    accessKeyCache: caches.accessKeys,
    secretCache: caches.secrets,
    namespaceCache: caches.namespaces,
    wroteSecret(facts) {
      // Bound to a version, or a create: nobody else's change is in it.
      caches.secrets.put(facts, { exclusive: true });
      secretIndex.add(facts);
    },
    secretsOf: secretIndex.namesOf,
    stores: registry,
    watchlist,
    events,
    foundDrift: (kind) => metrics.drift.inc({ kind }),
    log,
    clockSkewMs: client.clockSkewMs,
    now,
    random,
    randomBytes: operator.randomBytes,
  };
  const storeContext: StoreContext = {
    cluster,
    stores: storeObjects,
    accessKeys: resources.accessKeys,
    secrets,
    configMaps,
    accessKeyCache: caches.accessKeys,
    secretCache: caches.secrets,
    namespaceCache: caches.namespaces,
    isReady: (store) => registry.get(keyOf(store))?.view.kind === 'ready',
    isWatched: caches.isWatched,
    readsOnly,
    watchlist,
    providers: {
      MinIO: {
        actions: MINIO_ACTIONS,
        open: ({ caBundle, store, ...rest }) => {
          const concurrency = createConcurrency({
            least: config.concurrency,
            most: mostAtOnce,
            isWanted: keysWait,
          });
          const client = createMinioStore({
            ...rest,
            intercept: [...intercept, storeTimes(metrics, store, concurrency)],
            connections: mostAtOnce,
            // Whoever may write ObjectStores in a namespace may make many of them.
            owner: splitKey(store).namespace ?? store,
            ...(caBundle !== undefined && { caBundle }),
            now,
          });
          concurrencies.set(client, concurrency);
          return client;
        },
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

  // Policy documents can't be watched. The key's own worker reads its one, so that nothing else happens to it meanwhile.
  const policyChecks = createRound({
    items: caches.accessKeys,
    periodMs: config.policyCheckMs,
    visit(accessKey) {
      const key = keyOf(accessKey);
      watchlist.wantPolicyCheck(key);
      queueKey(key);
    },
    random,
  });
  shown.loops.push(...reflectors, keyController, storeController);
  shown.inventory = () => ({
    leads: leads && leadership.isLeader(),
    queues: [keyController, storeController].map(({ name, queue }) => ({
      controller: name,
      depth: queue.length,
    })),
    accessKeys: caches.accessKeys.values(),
    stores: storeFacts(caches.stores(), registry),
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
    for (const store of caches.stores()) queueStore(keyOf(store));
    storeController.start();
    keyController.start();
    policyChecks.start();
    for (const accessKey of caches.accessKeys.values()) {
      await loopTurns.pass();
      queueKey(keyOf(accessKey));
    }
    await Promise.race([aborted(signal), aborted(leadership.lost)]);
  }

  policyChecks.stop();
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

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
