import { decodeMark } from '../../ownership/mark.ts';
import type { PolicyDocument, StoredPolicy } from '../../provider/provider.ts';
import { documentFor, type StoreRules } from './desired-policy.ts';
import { accessInForce, policyDigest, statedCreate, storedDigest } from './stored-policy.ts';
import { isWithin } from './within.ts';

/**
 * Returns what the policy of a key that outlived its AccessKey comes to by the store's rules today: newer
 * versions deny what older ones left open. Returns undefined if the policy is up to date, if somebody edited
 * it, or if it would allow more than it does.
 */
export function renewedPolicy(stored: StoredPolicy, rules: StoreRules): PolicyDocument | undefined {
  const mark = decodeMark(stored.id);
  const access = accessInForce(stored, rules.actions);
  if (!mark || !access) return undefined;
  const asStored = { ...stored.document, ID: stored.id } as PolicyDocument;
  const withoutExtras = {
    ...rules,
    extraActions: [],
    everyKeyMay: { ...rules.everyKeyMay, listBuckets: false },
  };
  const renewed = [rules, withoutExtras]
    .map((some) => documentFor(mark, access, statedCreate(stored), some))
    .find((document) => isWithin(document as unknown as Record<string, unknown>, asStored));
  return renewed && policyDigest(renewed) !== storedDigest(stored) ? renewed : undefined;
}
