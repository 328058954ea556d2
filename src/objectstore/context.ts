import type { CachedNamespace } from '../accesskey/context/context.ts';
import type { Hints } from '../accesskey/context/hints.ts';
import type { SecretFacts } from '../accesskey/secret/facts.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import type { IamSettings } from '../api/schema/iam.ts';
import type { PatchOptions } from '../kube/calls.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { ConfigMap, Secret } from '../kube/objects.ts';
import type { KubeResource } from '../kube/resource.ts';
import type { Cluster } from '../ownership/names.ts';
import type { ProviderTraits } from '../provider/capabilities.ts';
import type { Addressing, Pair, Store } from '../provider/provider.ts';
import type { Cache } from '../runtime/cache.ts';
import type { Log } from '../runtime/log.ts';
import type { KeysByStore } from './keys-by-store.ts';
import type { StoreObject } from './store-kinds.ts';
import type { StoreStates } from './store-state.ts';

/** The data that opens a connection to a store. */
export interface StoreConnection {
  /** The store's key, for metrics. */
  readonly store: string;
  readonly endpoint: string;
  readonly region: string;
  /** The settings that only a store with the IAM API has. */
  readonly iam: IamSettings | undefined;
  readonly caBundle: string | undefined;
  readonly credentials: Pair;
}

/** The parts that a provider supplies: its traits and a client. */
interface Provider extends ProviderTraits {
  open(connection: StoreConnection): Store;
}

/** The stores of both kinds, by the key that `keyOf` returns. */
export interface StoreObjects {
  get(key: string): StoreObject | undefined;
  values(): Iterable<StoreObject>;
  /** Patches the store, and puts the answer into the cache. */
  patch(
    store: StoreObject,
    body: PatchBody,
    options: Pick<PatchOptions, 'subresource' | 'signal'>,
  ): Promise<void>;
}

interface PatchBody {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly finalizers?: readonly string[];
  };
  readonly status?: object;
}

/** Everything from outside that a store's reconcile needs. */
export interface StoreContext {
  readonly cluster: Cluster;
  readonly stores: StoreObjects;
  /** The time between two tries of an unusable store, in ms. */
  readonly retryMs: number;
  /** The time in which a store may still apply a write of the process that led before, in ms. */
  readonly inheritedWritesMs: number;
  readonly accessKeys: Pick<KubeResource<AccessKey>, 'get'>;
  readonly secrets: KubeResource<Secret>;
  readonly configMaps: KubeResource<ConfigMap>;
  readonly accessKeyCache: Cache<AccessKey>;
  /** The same AccessKeys by the store that they name. */
  readonly keysByStore: Omit<KeysByStore, 'change'>;
  readonly secretCache: Cache<SecretFacts>;
  readonly namespaceCache: Cache<CachedNamespace>;
  /** The state of each store that this process knows, by the store's key. */
  readonly states: StoreStates;
  /**
   * True if the cache holds all AccessKeys of that namespace. Users of other namespaces belong to other
   * operators.
   */
  readonly isWatched: (namespace: string) => boolean;
  /**
   * True if this operator writes no status, finalizer or Event of such a store, because other operators serve
   * it too.
   */
  readonly readsOnly: (kind: StoreObject['kind']) => boolean;
  readonly hints: Hints;
  readonly providers: Readonly<Record<StoreObject['spec']['provider'], Provider>>;
  /** Finds out whether a store takes a bucket as a part of the host name, by one request at most. */
  readonly findAddressing: (
    asked: Pick<StoreConnection, 'store' | 'endpoint' | 'caBundle'>,
    signal: AbortSignal,
  ) => Promise<Addressing>;
  /**
   * The endpoints that an ObjectStore may name. `*` stands for any part of a host's name. An empty list turns
   * ObjectStores off.
   */
  readonly namespacedEndpoints: readonly string[];
  /** Calls back when the object of that kind and name changes. Returns a function that stops the watch. */
  readonly watchObject: (
    kind: 'Secret' | 'ConfigMap',
    namespace: string,
    name: string,
    onChange: () => void,
  ) => () => void;
  readonly queueAccessKey: (key: string) => void;
  readonly queueStore: (key: string) => void;
  /** Queues a sweep of that store. */
  readonly queueSweep: (key: string) => void;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
}
