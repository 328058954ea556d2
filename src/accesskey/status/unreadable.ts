import { readyOf } from '../../api/conditions.ts';
import { ANNOTATION_PAUSED, ANNOTATION_ROTATE_AT } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { asTime, expiryTime } from '../../api/time.ts';

const MARK = '. Ignored: ';

/**
 * Returns what the operator can't read in an AccessKey and therefore ignores, each with its remedy. It shows
 * no values, because anyone who can edit an annotation chooses them.
 */
export function unreadableOf({ spec, metadata: { annotations } }: AccessKey): string[] {
  const rotateAt = annotations?.[ANNOTATION_ROTATE_AT];
  const paused = annotations?.[ANNOTATION_PAUSED];
  const found: string[] = [];
  if (spec.expiresAt !== undefined && expiryTime(spec.expiresAt) === undefined)
    found.push(
      'spec.expiresAt is not a time, so the key never expires; write one such as 2030-01-31T12:00:00Z',
    );
  if (rotateAt !== undefined && asTime(rotateAt) === undefined)
    found.push(
      `the annotation ${ANNOTATION_ROTATE_AT} is not a time; write one such as 2030-01-31T12:00:00Z, or remove it`,
    );
  if (paused !== undefined && paused !== 'true' && paused !== 'false')
    found.push(
      `the annotation ${ANNOTATION_PAUSED} is neither "true" nor "false", and pauses nothing; write "true", or remove it`,
    );
  return found;
}

/**
 * Returns the sentence on ignored parts of the AccessKey, to append to a condition's message; empty if it can
 * read all.
 */
export function ignoredNote(accessKey: AccessKey): string {
  const found = unreadableOf(accessKey);
  return found.length === 0 ? '' : `${MARK}${found.join('; ')}`;
}

/** True if the Ready condition reports exactly what the operator ignores now. */
export function reportsIgnored(accessKey: AccessKey): boolean {
  const message = readyOf(accessKey)?.message ?? '';
  const note = ignoredNote(accessKey);
  return note === '' ? !message.includes(MARK) : message.endsWith(note);
}
