import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Grant } from '../../api/schema/clusterobjectstore.ts';
import type { Capabilities } from '../../provider/capabilities.ts';
import type { Store } from '../../provider/provider.ts';
import type { StoreRules } from '../policy/desired-policy.ts';
import type { NamespaceGrants, NamespaceLabels } from '../policy/grants.ts';

/** The store that an AccessKey names, as far as a plan needs it. */
export interface ObservedStore extends StoreRules {
  /** Kind and name for sentences: `ClusterObjectStore default`. */
  readonly title: string;
  /** The kind of store, as its spec names it. */
  readonly provider: string;
  /** The endpoint where the operator issues and proves pairs. */
  readonly endpoint: string;
  /** The endpoint that Secrets give to applications. */
  readonly publicEndpoint: string;
  readonly region: string;
  /** The CA certificates that verify the endpoint, in PEM; undefined if the store has none of its own. */
  readonly ca: string | undefined;
  readonly capabilities: Capabilities;
  /** Returns the name of the user with that policy and access key id, as the store's tools show it. */
  readonly userName: (policyName: string, accessKeyId: string) => string;
  /** True if somebody has accepted the endpoint although another one issued pairs. */
  readonly acceptsNewEndpoint: boolean;
}

/** The facts of a store's spec, independent of the store's answers. */
export interface KnownStore {
  readonly observed: ObservedStore;
  readonly grants: readonly Grant[];
  /**
   * True if the store's object is being deleted. It waits for its keys, and the operator makes no new ones.
   */
  readonly deleting: boolean;
}

/** Returns a store's grants, as the namespace asks for them. */
export function grantsTo({ observed, grants }: KnownStore, namespace: NamespaceLabels): NamespaceGrants {
  return { title: observed.title, grants, namespace };
}

/** A store that answers. */
export interface ReadyStore extends KnownStore {
  readonly client: Store;
}

/** Returns a store that answers, with what it has shown that it can do. */
export function readyStore(known: KnownStore, client: Store): ReadyStore {
  return { ...known, observed: { ...known.observed, capabilities: client.capabilities() }, client };
}

/**
 * A store as its last reconcile left it.
 * - `pending`: this process hasn't reconciled it yet; the reconcile will queue its keys
 * - `missing`: there is no such object
 * - `notReady`: it is unusable, with the reason; its keys are queued when it becomes usable
 */
export type StoreView =
  | { readonly kind: 'pending' }
  | { readonly kind: 'missing' }
  | {
      readonly kind: 'notReady';
      readonly reason: 'StoreNotReady' | 'StoreUnreachable';
      readonly message: string;
      readonly known: KnownStore | undefined;
      /**
       * The store with the last credentials that worked, if its present ones can't be used, or if it doesn't
       * list its users. The operator only revokes keys by it (rule 15).
       */
      readonly revoker?: ReadyStore;
    }
  | { readonly kind: 'ready'; readonly store: ReadyStore };

/** Returns what a store's spec says, as far as this process knows it. */
export function knownStore(view: StoreView): KnownStore | undefined {
  if (view.kind === 'ready') return view.store;
  return view.kind === 'notReady' ? view.known : undefined;
}

/** Returns the store that a key can be revoked in; undefined if there is none now. */
export function revokingStore(view: StoreView): ReadyStore | undefined {
  if (view.kind === 'ready') return view.store;
  return view.kind === 'notReady' ? view.revoker : undefined;
}

/**
 * The stores as the reconcile of AccessKeys needs them. Each call is about the store that the AccessKey
 * names.
 */
export interface Stores {
  view(accessKey: AccessKey): StoreView;
  /**
   * True if this operator only reads the store, so the keys' Secrets are the only record of the issuing
   * endpoint. The operator removes them only while the store is usable.
   */
  secretsAreOnlyRecord(accessKey: AccessKey): boolean;
  /**
   * Reports that a request to the store failed in a way that may concern all its keys. Queues the store's
   * reconcile.
   */
  reportFault(accessKey: AccessKey): void;
  /**
   * Announces that a reconcile is about to make the key. Unless the store and its credentials are protected
   * from deletion, queues the store's reconcile, which protects them and then queues the store's keys.
   */
  announceKey(accessKey: AccessKey): void;
  /** True if the store and its credentials are protected from deletion. */
  isProtected(accessKey: AccessKey): boolean;
  /** Returns why Kubernetes refuses this protection, as a sentence; undefined if it doesn't. */
  protectionRefusal(accessKey: AccessKey): string | undefined;
  /** True if this process has already compared the store's users with the AccessKeys. */
  isSwept(accessKey: AccessKey): boolean;
  /**
   * True if the list of the store's users may lack some of the key, which the process that led before had
   * asked for. Another list follows within seconds.
   */
  mayLackUsers(accessKey: AccessKey): boolean;
  /** Asks for another comparison of the store's users with the AccessKeys. */
  compareAgain(accessKey: AccessKey): void;
  /** Queues the AccessKey once this process has compared the store's users with the AccessKeys. */
  queueOnceSwept(accessKey: AccessKey): void;
}
