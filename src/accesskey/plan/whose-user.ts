import { isExactlyOurs, isUnattached } from '../../ownership/attached-to.ts';
import { accessKeyTag, tagOf } from '../../ownership/names.ts';
import type { Observed } from '../observe/observed.ts';

/**
 * True if the user was attached to a policy of this name before this AccessKey had it. Neither the
 * AccessKey's status nor its own Secret names the user.
 */
export function isInherited(
  {
    accessKey,
    attached,
    secret,
    elsewhere,
  }: Pick<Observed, 'accessKey' | 'attached' | 'secret' | 'elsewhere'>,
  id: string,
): boolean {
  if (!attached?.users.includes(id)) return false;
  const { accessKeyId, previousKeys = [] } = accessKey.status;
  if (accessKeyId === id || previousKeys.some((key) => key.accessKeyId === id)) return false;
  return ![secret, ...elsewhere].some(
    (some) => some && some.ownership !== 'foreign' && some.facts.accessKeyId === id,
  );
}

/**
 * True if the store shows the user as this AccessKey's (rule 2): attached to its policy alone, or to nothing
 * with its tag.
 */
export function isRemovable(o: Pick<Observed, 'users' | 'policyName'>, accessKeyId: string): boolean {
  const user = o.users.get(accessKeyId);
  const tagFits = tagOf(accessKeyId) === accessKeyTag(o.policyName);
  return isExactlyOurs(user, o.policyName) || (tagFits && isUnattached(user));
}
