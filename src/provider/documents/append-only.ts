import type { BucketAccess } from '../policy.ts';
import type { ActionTable } from './actions.ts';
import type { PolicyStatement } from './statement.ts';

/** True if a key with the entry deletes nothing in the bucket and replaces no version there. */
export function isAppendOnly({ deletion }: Pick<BucketAccess, 'deletion'>): boolean {
  return deletion === false;
}

/**
 * Returns the denials for buckets to which the key only adds. On some providers the right to write could
 * replace versions, by ways that a policy can name.
 * @param arn the beginning of each resource's name
 */
export function appendOnlyDenials(
  entries: readonly BucketAccess[],
  { appendOnly }: ActionTable,
  arn: string,
): PolicyStatement[] {
  const names = entries.filter(isAppendOnly).map(({ bucketName }) => bucketName);
  if (names.length === 0) return [];
  return appendOnly.denials.map(({ sid, actions, suffixes, condition }) => ({
    Sid: sid,
    Effect: 'Deny',
    Action: actions,
    Resource: names.flatMap((name) => suffixes.map((suffix) => `${arn}${name}${suffix}`)),
    ...(condition && { Condition: condition }),
  }));
}
