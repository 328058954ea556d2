import { decodeMark } from '../../ownership/mark.ts';
import type { Policy, StoredPolicy } from '../../provider/policy.ts';
import type { StoreRules } from './desired-policy.ts';

/**
 * Returns the policy that a retained key should have by the store's rules today, since newer versions of the
 * operator deny what older ones left open. Returns undefined if the policy is up to date, if somebody edited
 * it, or if the new one would allow more than it does.
 */
export function renewedPolicy(
  stored: StoredPolicy,
  { form, everyKeyMay, extraActions }: StoreRules,
): Policy | undefined {
  const inForce = decodeMark(stored.mark) && form.read(stored);
  if (!inForce) return undefined;
  const { mark } = stored;
  const renewed = [
    { ...inForce, mark, everyKeyMay, extraActions },
    { ...inForce, mark, everyKeyMay: { ...everyKeyMay, listBuckets: false }, extraActions: [] },
  ].find((policy) => form.isWithin(form.render(policy), stored));
  return renewed && form.digestOf(form.render(renewed)) !== form.digestOf(stored) ? renewed : undefined;
}
