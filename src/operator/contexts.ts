import type { Context } from '../accesskey/context/context.ts';
import type { Hints } from '../accesskey/context/hints.ts';
import type { Stores } from '../accesskey/context/stores.ts';
import { createTakenNames } from '../accesskey/context/taken-names.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { StoreContext } from '../objectstore/context.ts';
import type { StoreObject } from '../objectstore/store-kinds.ts';
import type { StoreStates } from '../objectstore/store-state.ts';
import type { Enqueue } from './enqueue.ts';
import type { Parts } from './parts.ts';
import { addressingOf } from './store-clients.ts';

/** The inputs that both reconciles share. */
export interface Shared extends Parts {
  readonly enqueue: Enqueue;
  readonly events: EventRecorder;
  readonly stores: Stores;
  readonly states: StoreStates;
  readonly hints: Hints;
}

/** Returns the dependencies of the AccessKey reconcile. */
export function accessKeyContext(shared: Shared): Context {
  const { config, cluster, client, clientset, watches, metrics, stores, hints, events, log } = shared;
  const { now, random, randomBytes, enqueue } = shared;
  return {
    cluster,
    allowed: config.secrets,
    accessKeys: clientset.accessKeys,
    secrets: clientset.secrets,
    accessKeyCache: watches.accessKeys,
    secretCache: watches.secrets,
    namespaceCache: watches.namespaces,
    wroteSecret: watches.wroteSecret,
    secretsOf: watches.secretIndex.namesOf,
    stores,
    hints,
    running: new Map(),
    queueAfter: enqueue.accessKey,
    takenNames: createTakenNames(
      (namespace, name, onChange) => watches.watchObject('Secret', namespace, name, onChange),
      enqueue.accessKey,
    ),
    events,
    foundDrift: (kind) => metrics.drift.inc({ kind }),
    endedPrevious: (cause) => metrics.previousKeysEnded.inc({ cause }),
    log,
    clockSkewMs: client.clockSkewMs,
    now,
    random,
    randomBytes,
  };
}

/** Returns the dependencies of the store reconcile. */
export function objectStoreContext(shared: Shared, providers: StoreContext['providers']): StoreContext {
  const { config, cluster, clientset, watches, states, hints, events, log, enqueue, now, random } = shared;
  return {
    cluster,
    stores: watches.storeObjects,
    retryMs: shared.timings.storeRetryMs,
    inheritedWritesMs: shared.timings.inheritedWritesMs,
    accessKeys: clientset.accessKeys,
    secrets: clientset.secrets,
    configMaps: clientset.configMaps,
    accessKeyCache: watches.accessKeys,
    keysByStore: watches.keysByStore,
    secretCache: watches.secrets,
    namespaceCache: watches.namespaces,
    states,
    isWatched: watches.isWatched,
    readsOnly: readsOnly(shared),
    hints,
    providers,
    findAddressing: addressingOf(shared),
    namespacedEndpoints: config.namespacedStoreEndpoints,
    watchObject: watches.watchObject,
    queueAccessKey: enqueue.accessKey,
    queueStore: enqueue.store,
    queueSweep: enqueue.sweep,
    events,
    log,
    now,
    random,
  };
}

/**
 * Returns a predicate that is true for a kind of store that this operator only reads: ClusterObjectStores
 * that operators of other namespaces serve, too.
 */
export function readsOnly({ config }: Parts): (kind: StoreObject['kind']) => boolean {
  const sharesClusterStores = config.clusterObjectStores && config.watchNamespaces !== undefined;
  return (kind) => sharesClusterStores && kind === 'ClusterObjectStore';
}
