import type { GrantedAccess } from '../accesskey/policy/grants.ts';
import { statedAccess } from '../accesskey/policy/stored-policy.ts';
import { decodeMark, type Mark } from '../ownership/mark.ts';
import type { Store, StoredPolicy, StoreUser } from '../provider/provider.ts';

/** A user that belongs to no AccessKey of the store, and the policy by which it seems to be this operator's. */
export interface OwnerlessUser {
  readonly user: StoreUser;
  readonly policy: string;
}

/** What the policy of ownerless users says, as it was last read. */
export interface OwnerlessPolicy {
  /** In ms since 1970. */
  readonly readAt: number;
  /** Undefined where there is no such policy, or one without a mark. */
  readonly mark: Mark | undefined;
  readonly access: GrantedAccess;
}

/** So many kept keys may there be that reading all their policies in one sweep would be a burst. */
const MAX_READS = 200;
/** How old what was read of a kept key may be. Before anything is done to a user, its policy is read anew. */
const REREAD_MS = 3_600_000;

const NOTHING: GrantedAccess = { kind: 'limited', entries: [] };

/** Returns what a stored policy says of its users. */
export function ownerlessPolicy(stored: StoredPolicy | undefined, readAt: number): OwnerlessPolicy {
  const mark = stored && decodeMark(stored.id);
  return { readAt, mark, access: stored ? statedAccess(stored) : NOTHING };
}

/**
 * Reads the policies of ownerless users: those never read first, then those that show no kept key, then those read
 * longest ago. At most 200 in one sweep; the others follow in the next ones. Forgets policies that are not named.
 */
export async function readOwnerlessPolicies(
  known: Map<string, OwnerlessPolicy>,
  policies: ReadonlySet<string>,
  client: Store,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  for (const name of known.keys()) if (!policies.has(name)) known.delete(name);
  const due = [...policies]
    .map((name) => ({ name, freshness: freshness(known.get(name)) }))
    .filter(({ freshness }) => freshness <= now - REREAD_MS)
    .sort((a, b) => a.freshness - b.freshness);
  for (const { name } of due.slice(0, MAX_READS)) {
    known.set(name, ownerlessPolicy(await client.getPolicy(name, { signal }), now));
  }
}

/** The time of the last read; earlier for a policy that is to be read in every sweep. */
function freshness(policy: OwnerlessPolicy | undefined): number {
  if (!policy) return Number.NEGATIVE_INFINITY;
  return policy.mark && !policy.mark.flags.has('retained') ? 0 : policy.readAt;
}
