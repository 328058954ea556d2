import { hash } from 'node:crypto';
import type { StoreView } from '../accesskey/context/stores.ts';
import type { Store } from '../provider/provider.ts';
import type { StoreConnection } from './context.ts';
import type { OwnerlessPolicy } from './ownerless.ts';

/** What this process holds of one store between reconciles: connections and times, nothing that decides alone. */
export interface Entry {
  view: StoreView;
  client: Store | undefined;
  /** What the client was opened with, hashed: a change opens another one. */
  opened: string | undefined;
  /** What ends the watch of each object that the store refers to, by `kind/namespace/name`. */
  readonly watched: Map<string, () => void>;
  /** The store's CA certificates as they were read last, in PEM; undefined where it has none of its own. */
  ca: string | undefined;
  /** Whether finalizers keep the store and its credentials while it has keys. */
  held: boolean;
  /** The keys `namespace/name` that are about to be made, each with when that was said, in ms since 1970. */
  readonly wanted: Map<string, number>;
  /** What the store says about its version; undefined where it wasn't asked or didn't say. */
  serverVersion: string | undefined;
  /** What the log said last of a store whose status isn't written. */
  said: string | undefined;
  /** When the last sweep ended, in ms since 1970; undefined before the first. */
  sweptAt: number | undefined;
  /** When the users were last compared with the AccessKeys, in ms since 1970; undefined before the first time. */
  comparedAt: number | undefined;
  /** Why the users could not be compared so far. */
  sweepFailure: unknown;
  orphanedUsers: number | undefined;
  retainedUsers: number | undefined;
  /** When each orphan was first seen, in ms since 1970. */
  readonly orphansSince: Map<string, number>;
  /** What the policies of users without an AccessKey said, by their name. */
  readonly ownerlessPolicies: Map<string, OwnerlessPolicy>;
  /** Those who wait for the first sweep. */
  readonly waiting: Set<() => void>;
}

export function createEntry(): Entry {
  return {
    view: { kind: 'pending' },
    client: undefined,
    opened: undefined,
    watched: new Map(),
    ca: undefined,
    held: false,
    wanted: new Map(),
    serverVersion: undefined,
    said: undefined,
    sweptAt: undefined,
    comparedAt: undefined,
    sweepFailure: undefined,
    orphanedUsers: undefined,
    retainedUsers: undefined,
    orphansSince: new Map(),
    ownerlessPolicies: new Map(),
    waiting: new Set(),
  };
}

/** One value for all that a client is opened with. A hash, since it stays in memory for as long as the client. */
export function connectionDigest(connection: StoreConnection): string {
  const { endpoint, region, caBundle = '', credentials } = connection;
  const parts = [endpoint, region, caBundle, credentials.accessKeyId, credentials.secretAccessKey];
  return hash('sha256', JSON.stringify(parts), 'base64');
}
