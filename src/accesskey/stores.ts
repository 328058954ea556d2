import type { StoreRef } from '../api/accesskey.ts';
import type { Grant } from '../api/clusterobjectstore.ts';
import type { Store } from '../store/store.ts';
import type { ObservedStore } from './observed.ts';

/** What a store's spec says, whether or not the store answers. */
export interface KnownStore {
  readonly observed: ObservedStore;
  readonly grants: readonly Grant[];
}

/** A store that answers. */
export interface ReadyStore extends KnownStore {
  readonly client: Store;
}

/**
 * A store as its own reconcile left it.
 * - `pending`: it hasn't been looked at yet in this process; its keys are queued when it has
 * - `missing`: there is no such object
 * - `notReady`: it can't be used now, and why; its keys are queued when it can
 */
export type StoreView =
  | { readonly kind: 'pending' }
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'notReady';
      readonly reason: 'StoreNotReady' | 'StoreUnreachable';
      readonly message: string;
      readonly known: KnownStore | undefined;
    }
  | { readonly kind: 'ready'; readonly store: ReadyStore };

/** What the reconcile of AccessKeys needs of the stores. */
export interface Stores {
  view(ref: StoreRef): StoreView;
  /** A request to the store failed in a way that may concern all its keys: its reconcile looks at it now. */
  reportFault(ref: StoreRef): void;
  /** Resolves once this process has compared the store's users with the AccessKeys; rejects when the signal aborts. */
  swept(ref: StoreRef, signal: AbortSignal): Promise<void>;
}
