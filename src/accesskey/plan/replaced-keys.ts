import { isExactlyOurs } from '../../ownership/attached-to.ts';
import type { Observed } from '../observe/observed.ts';
import { ageOf } from '../rotation/pair-age.ts';
import { duePreviousKeys, endingBy } from '../rotation/previous-keys.ts';
import { graceMs, latestEnd } from '../rotation/rotation.ts';
import { MAX_PREVIOUS_KEYS, type PreviousKey } from '../secret/previous-record.ts';
import { isInherited } from './whose-user.ts';

/**
 * Returns every pair that was published once, isn't the current one, and still has a user of this AccessKey
 * in the store. Those are the pairs that the Secret or the status records as previous, and the one that
 * either named as current until now. The latter gets the whole grace, within its maximum age. The latest end
 * comes first.
 * @param current the id that is or will be published; undefined for one that isn't made yet
 */
export function replacedKeys(
  o: Observed,
  recorded: readonly PreviousKey[],
  current: string | undefined,
): PreviousKey[] {
  const graceEnd = o.now + graceMs(o.accessKey, o.maxAgeMs);
  const named = [o.accessKey.status.accessKeyId, o.secret?.facts.accessKeyId]
    .filter((id) => id !== undefined)
    .map((accessKeyId) => ({ accessKeyId, revokeAt: new Date(graceEnd).toISOString() }));
  const known = [...named, ...(o.accessKey.status.previousKeys ?? []), ...recorded];
  return [...new Map(known.map((key) => [key.accessKeyId, key])).values()]
    .filter(
      ({ accessKeyId }) =>
        accessKeyId !== current &&
        !isInherited(o, accessKeyId) &&
        isExactlyOurs(o.users.get(accessKeyId), o.policyName),
    )
    .map((key) => endingBy(key, Math.min(graceEnd, endOf(o, key.accessKeyId))))
    .sort(
      (a, b) =>
        Date.parse(b.revokeAt) - Date.parse(a.revokeAt) ||
        attachedAt(o, b) - attachedAt(o, a) ||
        (a.accessKeyId < b.accessKeyId ? -1 : 1),
    );
}

/** Returns the time when no grant lets that user's pair live on, in ms since 1970. */
export function endOf(o: Observed, accessKeyId: string): number {
  const holder = [o.secret, ...o.elsewhere].find(
    (secret) => secret && secret.ownership !== 'foreign' && secret.facts.accessKeyId === accessKeyId,
  );
  if (holder) return latestEnd(ageOf(o, holder.facts));
  const attached = o.users.get(accessKeyId)?.attachedAt ?? Number.POSITIVE_INFINITY;
  return attached + (o.maxAgeMs ?? Number.POSITIVE_INFINITY);
}

/** Returns the previous keys that must end: the surplus ones, and those whose time has come. */
export function endedKeys(
  o: Pick<Observed, 'now' | 'clockTrusted'>,
  replaced: readonly PreviousKey[],
): PreviousKey[] {
  const living = livingKeys(o, replaced);
  return replaced.filter((key) => !living.includes(key));
}

/**
 * Returns the previous keys that may live on: at most three. It leaves out those whose time has come, if the
 * clock can be trusted.
 */
export function livingKeys(
  o: Pick<Observed, 'now' | 'clockTrusted'>,
  replaced: readonly PreviousKey[],
): PreviousKey[] {
  const due = o.clockTrusted ? duePreviousKeys(replaced, o.now) : [];
  return replaced.filter((key) => !due.includes(key)).slice(0, MAX_PREVIOUS_KEYS);
}

function attachedAt(o: Observed, { accessKeyId }: PreviousKey): number {
  return o.users.get(accessKeyId)?.attachedAt ?? 0;
}
