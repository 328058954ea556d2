import type { StoreRules } from '../accesskey/policy/desired-policy.ts';
import { renewedPolicy } from '../accesskey/policy/kept-policy.ts';
import { decodeMark, type Mark } from '../ownership/mark.ts';
import type { GrantedAccess, Policy, StoredPolicy } from '../provider/policy.ts';
import type { Store, StoreUser } from '../provider/provider.ts';
import { eachLimited } from '../runtime/each-limited.ts';

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
  readonly renewed: Policy | undefined;
}

/**
 * The maximum of known policies that one sweep reads again. With many kept keys, reading all at one time
 * would be a burst.
 */
const MAX_REREADS = 200;
/** The maximum number of policies that a sweep reads concurrently. */
const READS_AT_ONCE = 8;
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
  const mark = stored && decodeMark(stored.mark);
  const renewed = stored && renewedPolicy(stored, rules);
  return { readAt, mark, access: stored ? rules.form.statedIn(stored).access : NOTHING, renewed };
}

/** The store of ownerless users, and the rules and the time by which the operator judges them. */
export interface PolicyReads {
  readonly client: Store;
  readonly rules: StoreRules;
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * Reads the policies of ownerless users: all that it never read, since nobody knows what their users are, and
 * at most 200 of the others. Of those, the ones that show no kept key come first, then the ones read longest
 * ago. The next sweeps read the rest. It forgets policies that no user names. What it has read stays known if
 * the signal aborts.
 */
export async function readOwnerlessPolicies(
  known: Map<string, OwnerlessPolicy>,
  policies: ReadonlySet<string>,
  { client, rules, now, signal }: PolicyReads,
): Promise<void> {
  for (const name of known.keys()) if (!policies.has(name)) known.delete(name);
  const first = [...policies].filter((name) => !known.has(name));
  const again = [...known]
    .map(([name, policy]) => ({ name, freshness: freshness(policy) }))
    .filter(({ freshness }) => freshness <= now - REREAD_MS)
    .sort((a, b) => a.freshness - b.freshness)
    .slice(0, MAX_REREADS)
    .map(({ name }) => name);
  await eachLimited([...first, ...again], READS_AT_ONCE, async (name) => {
    known.set(name, ownerlessPolicy(await client.readPolicy(name, { signal }), now, rules));
  });
}

/** Returns the time of the last read, or the earliest one for a policy to read in every sweep. */
function freshness({ mark, readAt }: OwnerlessPolicy): number {
  return mark && !mark.flags.has('retained') ? 0 : readAt;
}
