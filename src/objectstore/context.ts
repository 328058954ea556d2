import type { Cluster } from '../accesskey/identity.ts';
import type { SecretFacts } from '../accesskey/secret.ts';
import type { Watchlist } from '../accesskey/watchlist.ts';
import type { AccessKey } from '../api/accesskey.ts';
import type { ClusterObjectStore } from '../api/clusterobjectstore.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Secret } from '../kube/objects.ts';
import type { KubeResource } from '../kube/resource.ts';
import type { Cache } from '../runtime/cache.ts';
import type { Log } from '../runtime/log.ts';
import type { ActionTable } from '../store/actions.ts';
import type { Pair, Store } from '../store/store.ts';

/** How to get at a store. */
export interface StoreConnection {
  /** The store's name, for metrics. */
  readonly store: string;
  readonly endpoint: string;
  readonly region: string;
  readonly caBundle: string | undefined;
  readonly credentials: Pair;
}

/** What a provider brings: its client, and what its policies may say. */
export interface Provider {
  readonly actions: ActionTable;
  open(connection: StoreConnection): Store;
}

/** All that reconciling a store needs from outside. */
export interface StoreContext {
  readonly cluster: Cluster;
  readonly stores: KubeResource<ClusterObjectStore>;
  readonly secrets: KubeResource<Secret>;
  readonly storeCache: Cache<ClusterObjectStore>;
  readonly accessKeyCache: Cache<AccessKey>;
  readonly secretCache: Cache<SecretFacts>;
  readonly watchlist: Watchlist;
  readonly providers: Readonly<Record<ClusterObjectStore['spec']['provider'], Provider>>;
  /** Calls back when the Secret of that name changes; gives what ends it. */
  readonly watchSecret: (namespace: string, name: string, onChange: () => void) => () => void;
  readonly queueAccessKey: (key: string) => void;
  readonly queueStore: (name: string, afterMs?: number) => void;
  readonly events: EventRecorder;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
}
