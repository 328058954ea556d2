import { namedIds, statusIds } from '../secret/candidate-ids.ts';
import type { Observed } from './observed.ts';

/** Returns the ids of the users that a plan follows from. */
export function idsToRead({
  accessKey: { status },
  policyName,
  secret,
  elsewhere,
  attached,
  suspects,
}: Pick<
  Observed,
  'accessKey' | 'policyName' | 'secret' | 'elsewhere' | 'attached' | 'suspects'
>): Set<string> {
  const source = secret ?? elsewhere[0];
  return new Set([
    ...(source && source.ownership !== 'foreign' ? namedIds(source.facts, status, policyName) : []),
    ...statusIds(status),
    ...(attached?.users ?? []),
    ...suspects,
  ]);
}
