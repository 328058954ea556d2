import type { GrantedAccess } from '../accesskey/policy/grants.ts';
import { statedAccess } from '../accesskey/policy/stored-policy.ts';
import { decodeMark, type Mark } from '../ownership/mark.ts';
import type { Store, StoredPolicy, StoreUser } from '../provider/provider.ts';

/**
 * A user that belongs to no AccessKey of the store, and the policy that suggests that this operator made it.
 */
export interface OwnerlessUser {
  readonly user: StoreUser;
  readonly policy: string;
}

/** What the policy of ownerless users said when the operator last read it. */
export interface OwnerlessPolicy {
  /** In ms since 1970. */
  readonly readAt: number;
  /** Undefined if no such policy exists, or if it has no mark. */
  readonly mark: Mark | undefined;
  readonly access: GrantedAccess;
}

/**
 * The maximum of policies that one sweep reads. With many kept keys, reading all at one time would be a
 * burst.
 */
const MAX_READS = 200;
/**
 * The maximum age in ms of what the operator knows about a kept key. Before it changes a user, it reads the
 * policy again.
 */
const REREAD_MS = 3_600_000;

const NOTHING: GrantedAccess = { kind: 'limited', entries: [] };

/** Returns what a stored policy says of its users. */
export function ownerlessPolicy(stored: StoredPolicy | undefined, readAt: number): OwnerlessPolicy {
  const mark = stored && decodeMark(stored.id);
  return { readAt, mark, access: stored ? statedAccess(stored) : NOTHING };
}

/**
 * Reads the policies of ownerless users. It begins with those never read, then those that show no kept key,
 * then those read longest ago. It reads at most 200 in one sweep; the next sweeps read the others. It forgets
 * policies that no user names.
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

/** Returns the time of the last read, or an earlier one for a policy to read in every sweep. */
function freshness(policy: OwnerlessPolicy | undefined): number {
  if (!policy) return Number.NEGATIVE_INFINITY;
  return policy.mark && !policy.mark.flags.has('retained') ? 0 : policy.readAt;
}
