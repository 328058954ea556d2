import type { Stores, StoreView } from '../accesskey/context/stores.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { keyOf } from '../runtime/key.ts';
import { storeKeyOf } from './store-kinds.ts';
import { createStoreState, type StoreState } from './store-state.ts';

/** The stores that this process knows, by key. */
export interface Registry extends Stores {
  /** Returns the entry of that key, and makes it if there is none. */
  entry(key: string): StoreState;
  get(key: string): StoreState | undefined;
  remove(key: string): void;
  keys(): Iterable<string>;
}

/** Options of the registry of stores. */
export interface RegistryOptions {
  /** The memory of this process about each store, by key. The registry maintains it. */
  readonly entries: Map<string, StoreState>;
  /** True if a store with that key exists. */
  readonly exists: (key: string) => boolean;
  /** True if this operator serves ClusterObjectStores. */
  readonly clusterObjectStores: boolean;
  /** True if this operator writes nothing of such a store. */
  readonly readsOnly: (kind: AccessKey['spec']['storeRef']['kind']) => boolean;
  /** Queues the store's reconcile. */
  readonly queueStore: (key: string) => void;
  readonly now: () => number;
}

/**
 * The view of a store that this operator doesn't serve. It can't know whether the store exists, so its keys
 * wait, even deleted ones, and it gives up none.
 */
const NOT_SERVED: StoreView = {
  kind: 'notReady',
  reason: 'StoreNotReady',
  message:
    'this operator serves no ClusterObjectStores; make the AccessKey anew with spec.storeRef.kind: ObjectStore, ' +
    'or ask its administrator to set --cluster-object-stores=true',
  known: undefined,
};

/** Makes the registry over those entries. */
export function createRegistry({
  entries,
  exists,
  clusterObjectStores,
  readsOnly,
  queueStore,
  now,
}: RegistryOptions): Registry {
  function entry(key: string): StoreState {
    const known = entries.get(key) ?? createStoreState();
    entries.set(key, known);
    return known;
  }
  return {
    entry,
    get: (key) => entries.get(key),
    remove: (key) => void entries.delete(key),
    keys: () => entries.keys(),
    view(accessKey) {
      if (!clusterObjectStores && accessKey.spec.storeRef.kind === 'ClusterObjectStore') return NOT_SERVED;
      const key = storeKeyOf(accessKey);
      return exists(key) ? (entries.get(key)?.view ?? { kind: 'pending' }) : { kind: 'missing' };
    },
    secretsAreOnlyRecord: ({ spec }) => readsOnly(spec.storeRef.kind),
    reportFault: (accessKey) => queueStore(storeKeyOf(accessKey)),
    announceKey(accessKey) {
      const key = storeKeyOf(accessKey);
      const known = entry(key);
      known.upcoming.set(keyOf(accessKey), now());
      if (!known.isProtected) queueStore(key);
    },
    isProtected: (accessKey) => entries.get(storeKeyOf(accessKey))?.isProtected === true,
    isSwept: (accessKey) => entries.get(storeKeyOf(accessKey))?.comparedAt !== undefined,
    swept(accessKey: AccessKey, signal: AbortSignal): Promise<void> {
      const known = entry(storeKeyOf(accessKey));
      if (known.comparedAt !== undefined) return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      known.waiting.add(resolve);
      return promise.finally(() => {
        signal.removeEventListener('abort', onAbort);
        known.waiting.delete(resolve);
      });
    },
  };
}
