import type { Stores, StoreView } from '../accesskey/context/stores.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { keyOf } from '../runtime/key.ts';
import { storeKeyOf } from './store-kinds.ts';
import { createEntry, type Entry } from './store-state.ts';

/** The stores that this process knows, by key. */
export interface Registry extends Stores {
  /** The entry of that key, made if there is none. */
  entry(key: string): Entry;
  get(key: string): Entry | undefined;
  remove(key: string): void;
  keys(): Iterable<string>;
}

export interface RegistryOptions {
  /** What this process holds of each store, by its key; kept up by the registry. */
  readonly entries: Map<string, Entry>;
  /** Whether there is a store of that key. */
  readonly exists: (key: string) => boolean;
  /** Whether ClusterObjectStores are served at all. */
  readonly clusterObjectStores: boolean;
  /** Whether nothing of such a store is written. */
  readonly readsOnly: (kind: AccessKey['spec']['storeRef']['kind']) => boolean;
  /** Has the store's reconcile look at it. */
  readonly queueStore: (key: string) => void;
  readonly now: () => number;
}

/** Whether there is such a store nobody here knows: its keys wait, the deleted ones too, and none is let go. */
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
  function entry(key: string): Entry {
    const known = entries.get(key) ?? createEntry();
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
    secretsBearWitness: ({ spec }) => readsOnly(spec.storeRef.kind),
    reportFault: (accessKey) => queueStore(storeKeyOf(accessKey)),
    hold(accessKey) {
      const key = storeKeyOf(accessKey);
      const known = entry(key);
      known.wanted.set(keyOf(accessKey), now());
      if (!known.held) queueStore(key);
      return known.held;
    },
    isSwept: (accessKey) => entry(storeKeyOf(accessKey)).comparedAt !== undefined,
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
