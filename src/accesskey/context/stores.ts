import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Grant } from '../../api/schema/clusterobjectstore.ts';
import type { Store } from '../../provider/provider.ts';
import type { StoreRules } from '../policy/desired-policy.ts';

/** The store that an AccessKey names, as far as a plan needs it. */
export interface ObservedStore extends StoreRules {
  /** For sentences: `ClusterObjectStore default`. */
  readonly title: string;
  /** Where pairs are issued and proved. */
  readonly endpoint: string;
  /** What Secrets say. */
  readonly publicEndpoint: string;
  readonly region: string;
  /** The CA certificates by which the endpoint is checked, in PEM; undefined where the store has none of its own. */
  readonly ca: string | undefined;
  /** Whether somebody has said that the endpoint is meant, though pairs were issued by another one. */
  readonly acceptsNewEndpoint: boolean;
}

/** What a store's spec says, whether or not the store answers. */
export interface KnownStore {
  readonly observed: ObservedStore;
  readonly grants: readonly Grant[];
  /** Whether the store's object is being deleted: it waits for its keys, and takes no new ones. */
  readonly deleting: boolean;
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

/** What a store's spec says, as far as this process knows it. */
export function knownStore(view: StoreView): KnownStore | undefined {
  if (view.kind === 'ready') return view.store;
  return view.kind === 'notReady' ? view.known : undefined;
}

/** What the reconcile of AccessKeys needs of the stores; each call is about the store that the AccessKey names. */
export interface Stores {
  view(accessKey: AccessKey): StoreView;
  /**
   * Whether nothing but the Secrets of its keys says where they were issued, since the store's status isn't written: they
   * are removed only when the store can be used.
   */
  secretsBearWitness(accessKey: AccessKey): boolean;
  /** A request to the store failed in a way that may concern all its keys: its reconcile looks at it now. */
  reportFault(accessKey: AccessKey): void;
  /**
   * Says that a key is about to be made, before which the store and its credentials have to be kept from going. False
   * where they aren't yet: the store's keys are queued when they are.
   */
  hold(accessKey: AccessKey): boolean;
  /** True once this process has compared the store's users with the AccessKeys. */
  isSwept(accessKey: AccessKey): boolean;
  /** Resolves once this process has compared the store's users with the AccessKeys; rejects when the signal aborts. */
  swept(accessKey: AccessKey, signal: AbortSignal): Promise<void>;
}
