import type { StoreUser } from '../provider/provider.ts';

/** True if the store shows the user attached to exactly this policy and in no group (rule 2). */
export function isExactlyOurs(user: StoreUser | undefined, policyName: string): boolean {
  return (
    user !== undefined &&
    user.groups.length === 0 &&
    user.policies.length === 1 &&
    user.policies[0] === policyName
  );
}

/** True if the store shows the user attached to no policy and in no group. */
export function isUnattached(user: StoreUser | undefined): boolean {
  return user !== undefined && user.groups.length === 0 && user.policies.length === 0;
}
