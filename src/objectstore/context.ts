import type { CachedNamespace } from '../accesskey/context/context.ts';
import type { Watchlist } from '../accesskey/context/hints.ts';
import type { SecretFacts } from '../accesskey/secret/facts.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import type { PatchOptions } from '../kube/calls.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { ConfigMap, Secret } from '../kube/objects.ts';
import type { KubeResource } from '../kube/resource.ts';
import type { Cluster } from '../ownership/names.ts';
import type { ActionTable } from '../provider/actions.ts';
import type { Pair, Store } from '../provider/provider.ts';
import type { Cache } from '../runtime/cache.ts';
import type { Log } from '../runtime/log.ts';
import type { AnyStore } from './store-kinds.ts';

/** How to get at a store. */
export interface StoreConnection {
  /** The store's key, for metrics. */
  readonly store: string;
  readonly endpoint: string;
  readonly region: string;
  readonly caBundle: string | undefined;
  readonly credentials: Pair;
}

/** What a provider brings: its client, and what its policies may say. */
interface Provider {
  readonly actions: ActionTable;
  open(connection: StoreConnection): Store;
}

/** The stores of both kinds, by the key that `keyOf` gives. */
export interface StoreObjects {
  get(key: string): AnyStore | undefined;
  values(): Iterable<AnyStore>;
  /** Patches the store, and takes the answer into the cache. */
  patch(
    store: AnyStore,
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

/** All that reconciling a store needs from outside. */
export interface StoreContext {
  readonly cluster: Cluster;
  readonly stores: StoreObjects;
  readonly accessKeys: Pick<KubeResource<AccessKey>, 'get'>;
  readonly secrets: KubeResource<Secret>;
  readonly configMaps: KubeResource<ConfigMap>;
  readonly accessKeyCache: Cache<AccessKey>;
  readonly secretCache: Cache<SecretFacts>;
  readonly namespaceCache: Cache<CachedNamespace>;
  /** True if the store answers, and takes its credentials. */
  readonly isReady: (store: AnyStore) => boolean;
  /** Whether all AccessKeys of that namespace are in the cache. Users of any other one's are somebody else's business. */
  readonly isWatched: (namespace: string) => boolean;
  /** Whether nothing of such a store is written, neither status nor finalizer nor Event: other operators serve it, too. */
  readonly readsOnly: (kind: AnyStore['kind']) => boolean;
  readonly watchlist: Watchlist;
  readonly providers: Readonly<Record<AnyStore['spec']['provider'], Provider>>;
  /** The endpoints that an ObjectStore may name, `*` for any part of a host's name; none: such stores are off. */
  readonly namespacedEndpoints: readonly string[];
  /** Calls back when the object of that kind and name changes; gives what ends it. */
  readonly watchObject: (
    kind: 'Secret' | 'ConfigMap',
    namespace: string,
    name: string,
    onChange: () => void,
  ) => () => void;
  readonly queueAccessKey: (key: string) => void;
  readonly queueStore: (key: string, afterMs?: number) => void;
  /** Asks for a sweep of that store. */
  readonly queueSweep: (key: string) => void;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
}
