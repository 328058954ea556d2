import type { AccessKeyStatus } from '../../api/schema/accesskey.ts';
import { accessKeyTag, tagOf } from '../../ownership/names.ts';
import { hasPublishedDigest, isImported, type SecretFacts } from './facts.ts';
import { MAX_PREVIOUS_KEYS, previousKeysOf } from './previous-record.ts';

/** The maximum number of a status's previous keys that the operator reads: the CRD allows no more. */
const MAX_STATUS_PREVIOUS_KEYS = 10;

/** Returns the ids that a status names, the current one first. */
export function statusIds({ accessKeyId, previousKeys = [] }: AccessKeyStatus): string[] {
  const previous = previousKeys.slice(0, MAX_STATUS_PREVIOUS_KEYS).map((key) => key.accessKeyId);
  return accessKeyId === undefined ? previous : [accessKeyId, ...previous];
}

/**
 * Returns the ids that a Secret names beside the status and that the operator may ask for in the store. The
 * current id counts if it has the operator's form, or is as the operator published it (a store may choose ids
 * of another form), or was imported while the status names none. Of the recorded previous ones, the latest to
 * end whose tag fits count. Anyone who can edit the Secret may have written anything else there, even a
 * secret access key or thousands of ids. The operator sends none of that as a name and repeats none in a
 * message. If somebody pushes a real user out of the record, the status or the next sweep finds it, and it
 * ends no later.
 */
export function namedIds(facts: SecretFacts, status: AccessKeyStatus, policyName: string): string[] {
  const known = statusIds(status);
  const tag = accessKeyTag(policyName);
  const current = facts.accessKeyId;
  const isId =
    current !== undefined &&
    (tagOf(current) !== undefined || known.includes(current) || hasPublishedDigest(facts));
  const previous = previousKeysOf(facts)
    .filter(({ accessKeyId }) => tagOf(accessKeyId) === tag && !known.includes(accessKeyId))
    .sort((a, b) => (a.revokeAt < b.revokeAt ? 1 : -1))
    .slice(0, MAX_PREVIOUS_KEYS)
    .map(({ accessKeyId }) => accessKeyId);
  const isFirst = status.accessKeyId === undefined && isImported(facts);
  return current !== undefined && (isId || isFirst) ? [current, ...previous] : previous;
}
