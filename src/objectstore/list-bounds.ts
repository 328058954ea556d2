import { type Cluster, policyNamePrefix, tagOf } from '../ownership/names.ts';
import type { ListOptions, StoreUser } from '../provider/provider.ts';
import type { StoreObject } from './store-kinds.ts';

const MIB = 1024 * 1024;
/** Room for 130,000 users of other owners. */
const FLOOR_BYTES = 16 * MIB;
/** The four users of an AccessKey take some 700 bytes. */
const BYTES_PER_KEY = 1024;
const MAX_BYTES = 64 * MIB;
/** A user has two names: its own and its policy's. An AccessKey has at most four users. */
const NAMES_PER_KEY = 8;
/** Room for users that no AccessKey owns. An operator may return to a store full of them. */
const FLOOR_NAMES = { ClusterObjectStore: 50_000, ObjectStore: 5_000 } as const;

/**
 * Returns how much of a store's list of users the operator reads and keeps. The bound grows with the store's
 * AccessKeys, over a floor for users of other owners and leftovers. The floor is lower for an ObjectStore,
 * because a tenant chooses its endpoint.
 */
export function listBounds(
  kind: StoreObject['kind'],
  keys: number,
): Required<Pick<ListOptions, 'maxBytes' | 'maxNames'>> {
  return {
    maxBytes: Math.min(MAX_BYTES, FLOOR_BYTES + BYTES_PER_KEY * keys),
    maxNames: FLOOR_NAMES[kind] + NAMES_PER_KEY * keys,
  };
}

/**
 * True if a user may belong to an AccessKey of the cluster. The policy's name decides, or the id of a user
 * without a policy.
 */
export function mayBeOurs(cluster: Cluster, { accessKeyId, policies }: StoreUser): boolean {
  if (policies.length === 0) return tagOf(accessKeyId) !== undefined;
  const prefix = policyNamePrefix(cluster);
  return policies.some((policy) => policy.startsWith(prefix));
}
