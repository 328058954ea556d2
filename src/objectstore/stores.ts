import type { Stores, StoreView } from '../accesskey/context/stores.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { keyOf } from '../runtime/key.ts';
import { storeKeyOf } from './store-kinds.ts';
import { ensureState, type StoreStates } from './store-state.ts';

/** The inputs of `createStores`. */
export interface StoresOptions {
  /** The state of each store that this process knows, by the store's key. */
  readonly states: StoreStates;
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
    'this operator serves no ClusterObjectStores; recreate the AccessKey with spec.storeRef.kind: ObjectStore, ' +
    'or ask its administrator to set --cluster-object-stores=true',
  known: undefined,
};

/** Returns what AccessKeys see of the stores, and may ask of them. */
export function createStores(options: StoresOptions): Stores {
  const { states, exists, clusterObjectStores, readsOnly, queueStore, now } = options;
  return {
    view(accessKey) {
      if (!clusterObjectStores && accessKey.spec.storeRef.kind === 'ClusterObjectStore') return NOT_SERVED;
      const key = storeKeyOf(accessKey);
      return exists(key) ? (states.get(key)?.view ?? { kind: 'pending' }) : { kind: 'missing' };
    },
    secretsAreOnlyRecord: ({ spec }) => readsOnly(spec.storeRef.kind),
    reportFault: (accessKey) => queueStore(storeKeyOf(accessKey)),
    announceKey(accessKey) {
      const key = storeKeyOf(accessKey);
      const state = ensureState(states, key);
      state.upcoming.set(keyOf(accessKey), now());
      if (!state.isProtected) queueStore(key);
    },
    protectionRefusal: (accessKey) => states.get(storeKeyOf(accessKey))?.protectionRefusal,
    isProtected: (accessKey) => states.get(storeKeyOf(accessKey))?.isProtected === true,
    isSwept: (accessKey) => states.get(storeKeyOf(accessKey))?.comparedAt !== undefined,
    mayLackUsers: (accessKey) =>
      states.get(storeKeyOf(accessKey))?.inheritedKeys.has(keyOf(accessKey)) === true,
    compareAgain(accessKey) {
      const key = storeKeyOf(accessKey);
      const state = ensureState(states, key);
      state.sweptAt = undefined;
      state.comparedAt = undefined;
      queueStore(key);
    },
    queueOnceSwept: (accessKey) =>
      void ensureState(states, storeKeyOf(accessKey)).keysAwaitingSweep.add(keyOf(accessKey)),
  };
}
