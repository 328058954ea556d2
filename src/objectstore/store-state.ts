import type { StoreView } from '../accesskey/context/stores.ts';
import type { CredentialsRef } from '../api/schema/clusterobjectstore.ts';
import type { Addressing, Store } from '../provider/provider.ts';
import type { OwnerlessPolicy } from './ownerless.ts';

/** The style of address that a store takes for a bucket, as the operator found it. */
interface FoundAddressing {
  /** The endpoint that Secrets name. */
  readonly endpoint: string;
  readonly addressing: Addressing;
  /** In ms since 1970. */
  readonly foundAt: number;
}

/**
 * The memory of this process about one store between reconciles: connections and times. Nothing here decides
 * alone.
 */
export interface StoreState {
  view: StoreView;
  /**
   * The time when the next full pass is due, in ms since 1970; 0 means now. Passes before it
   * only count keys.
   */
  fullPassAt: number;
  client: Store | undefined;
  /**
   * The client that the store accepted last, and its endpoint. It stays open until the store accepts another
   * one.
   */
  accepted: { readonly client: Store; readonly endpoint: string } | undefined;
  /** A hash of what opened the client. When it changes, the operator opens another client. */
  opened: string | undefined;
  /** The references that the open client's connection was read from, as `referencesOf` returns them. */
  openedFrom: string | undefined;
  /** The API server's refusal to show these references again, as a sentence. */
  unread: string | undefined;
  /** The API server's refusal of the finalizers that protect the store, as a sentence. */
  protectionRefusal: string | undefined;
  /** Functions that stop the watch of each object that the store refers to, by `kind/namespace/name`. */
  readonly watched: Map<string, () => void>;
  /** The store's CA certificates of the last read, in PEM; undefined if it has none of its own. */
  ca: string | undefined;
  /** True if finalizers protect the store and its credentials while it has keys. */
  isProtected: boolean;
  /**
   * The Secret that carries the store's finalizer. It lags behind the spec until the operator has moved the
   * finalizer, so the status never forgets the former one.
   */
  protectedSecret: CredentialsRef | undefined;
  /** The keys `namespace/name` that a reconcile is about to make, and when it said so, in ms since 1970. */
  readonly upcoming: Map<string, number>;
  /** The version that the store reports; undefined if nobody asked or it didn't say. */
  serverVersion: string | undefined;
  /** The answer to the last question whether the store takes buckets in host names. */
  addressing: FoundAddressing | undefined;
  /** The last log message on a store whose status the operator doesn't write. */
  said: string | undefined;
  /** The time when the last sweep ended, in ms since 1970; undefined before the first. */
  sweptAt: number | undefined;
  /**
   * The time of a sweep before the next regular one, in ms since 1970: the first list of a store may miss the
   * users that it doesn't show everywhere yet.
   */
  sweepAgainAt: number | undefined;
  /**
   * The keys `namespace/name` that the process which led before may not have finished. The only list of the
   * users so far may lack some of theirs. Empty after the next list.
   */
  inheritedKeys: ReadonlySet<string>;
  /**
   * The time when a sweep last compared the users with the AccessKeys, in ms since 1970; undefined before the
   * first time.
   */
  comparedAt: number | undefined;
  /** The error that has kept sweeps from comparing the users. */
  sweepFailure: unknown;
  orphanedUsers: number | undefined;
  retainedUsers: number | undefined;
  /** The time when a sweep first saw each orphan, in ms since 1970. */
  readonly orphansSince: Map<string, number>;
  /** The policies of users without an AccessKey, by policy name. */
  readonly ownerlessPolicies: Map<string, OwnerlessPolicy>;
  /** The keys `namespace/name` to queue once a sweep has compared the users. */
  readonly keysAwaitingSweep: Set<string>;
}

/** The states of the stores that this process knows, by the store's key. */
export type StoreStates = Map<string, StoreState>;

/** Returns the state of the store with that key, and makes it if there is none. */
export function ensureState(states: StoreStates, key: string): StoreState {
  const state = states.get(key) ?? createStoreState();
  states.set(key, state);
  return state;
}

/** Requests that the next pass of the store is a full one, not only a count of its keys. */
export function requestFullPass(states: StoreStates, key: string): void {
  const state = states.get(key);
  if (state) state.fullPassAt = 0;
}

/** Makes the state of a store that nothing is known of. */
export function createStoreState(): StoreState {
  return {
    view: { kind: 'pending' },
    fullPassAt: 0,
    client: undefined,
    accepted: undefined,
    opened: undefined,
    openedFrom: undefined,
    unread: undefined,
    protectionRefusal: undefined,
    watched: new Map(),
    ca: undefined,
    isProtected: false,
    protectedSecret: undefined,
    upcoming: new Map(),
    serverVersion: undefined,
    addressing: undefined,
    said: undefined,
    sweptAt: undefined,
    sweepAgainAt: undefined,
    inheritedKeys: new Set(),
    comparedAt: undefined,
    sweepFailure: undefined,
    orphanedUsers: undefined,
    retainedUsers: undefined,
    orphansSince: new Map(),
    ownerlessPolicies: new Map(),
    keysAwaitingSweep: new Set(),
  };
}
