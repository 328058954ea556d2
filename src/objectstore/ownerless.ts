import type { StoreRules } from '../accesskey/policy/desired-policy.ts';
import type { GrantedAccess } from '../accesskey/policy/grants.ts';
import { renewedPolicy } from '../accesskey/policy/kept-policy.ts';
import { statedAccess } from '../accesskey/policy/stored-policy.ts';
import { decodeMark, type Mark } from '../ownership/mark.ts';
import type { PolicyDocument, Store, StoredPolicy, StoreUser } from '../provider/provider.ts';

/**
 * A user that belongs to no AccessKey of the store, and the policy that suggests that this operator made it.
 */
export interface OwnerlessUser {
  readonly user: StoreUser;
  readonly policy: string;
}

/** The policy of ownerless users when the operator last read it. */
export interface OwnerlessPolicy {
  /** In ms since 1970. */
  readonly readAt: number;
  /** Undefined if no such policy exists, or if it has no mark. */
  readonly mark: Mark | undefined;
  readonly access: GrantedAccess;
  /** The policy by today's rules, if that is less. */
  readonly renewed: PolicyDocument | undefined;
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

/** Returns what a stored policy says of its users, by the rules of its store today. */
export function ownerlessPolicy(
  stored: StoredPolicy | undefined,
  readAt: number,
  rules: StoreRules,
): OwnerlessPolicy {
  const mark = stored && decodeMark(stored.id);
  const renewed = stored && renewedPolicy(stored, rules);
  return { readAt, mark, access: stored ? statedAccess(stored) : NOTHING, renewed };
}

/** The store of ownerless users, and the rules and the time by which the operator judges them. */
export interface PolicyReads {
  readonly client: Store;
  readonly rules: StoreRules;
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * Reads the policies of ownerless users. It begins with those never read, then those that show no kept key,
 * then those read longest ago. It reads at most 200 in one sweep; the next sweeps read the others. It forgets
 * policies that no user names.
 */
export async function readOwnerlessPolicies(
  known: Map<string, OwnerlessPolicy>,
  policies: ReadonlySet<string>,
  { client, rules, now, signal }: PolicyReads,
): Promise<void> {
  for (const name of known.keys()) if (!policies.has(name)) known.delete(name);
  const due = [...policies]
    .map((name) => ({ name, freshness: freshness(known.get(name)) }))
    .filter(({ freshness }) => freshness <= now - REREAD_MS)
    .sort((a, b) => a.freshness - b.freshness);
  for (const { name } of due.slice(0, MAX_READS)) {
    known.set(name, ownerlessPolicy(await client.getPolicy(name, { signal }), now, rules));
  }
}

/** Returns the time of the last read, or an earlier one for a policy to read in every sweep. */
function freshness(policy: OwnerlessPolicy | undefined): number {
  if (!policy) return Number.NEGATIVE_INFINITY;
  return policy.mark && !policy.mark.flags.has('retained') ? 0 : policy.readAt;
}
