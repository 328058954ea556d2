import { isExactlyOurs } from '../../ownership/attached-to.ts';
import type { Observed } from '../observe/observed.ts';
import { recordedTime } from '../rotation/pair-age.ts';
import { boundedBy, duePreviousKeys, endingBy } from '../rotation/previous-keys.ts';
import { graceMs, latestEnd } from '../rotation/rotation.ts';
import type { SecretFacts } from '../secret/facts.ts';
import { MAX_PREVIOUS_KEYS, type PreviousKey, previousKeysOf } from '../secret/previous-record.ts';
import { ageOf } from './observed-age.ts';
import { isInherited } from './whose-user.ts';

/** The previous keys that a Secret records, within their bounds. */
export function recordedPreviousKeys(o: Observed, facts: SecretFacts): PreviousKey[] {
  const since = Date.parse(recordedTime(ageOf(o, facts)));
  return boundedBy(previousKeysOf(facts), {
    accessKey: o.accessKey,
    currentSince: Math.min(since, o.now),
    maxAgeMs: o.maxAgeMs,
    attachedAt: (id) => o.users.get(id)?.attachedAt,
  });
}

/**
 * Every pair that the store still shows as this AccessKey's and that isn't the current one, though it was published
 * once: those that the Secret or the status records, and the one that Secret or status named as the current one until
 * now, which gets the whole grace, within the age that it may have. The latest end comes first.
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

/** When no grant lets the pair of that user live on, in ms since 1970. */
export function endOf(o: Observed, accessKeyId: string): number {
  const holder = [o.secret, ...o.elsewhere].find(
    (secret) => secret && secret.ownership !== 'foreign' && secret.facts.accessKeyId === accessKeyId,
  );
  if (holder) return latestEnd(ageOf(o, holder.facts));
  const attached = o.users.get(accessKeyId)?.attachedAt ?? Number.POSITIVE_INFINITY;
  return attached + (o.maxAgeMs ?? Number.POSITIVE_INFINITY);
}

/** The others: too many, or their time has come. */
export function endedKeys(
  o: Pick<Observed, 'now' | 'clockTrusted'>,
  replaced: readonly PreviousKey[],
): PreviousKey[] {
  const living = livingKeys(o, replaced);
  return replaced.filter((key) => !living.includes(key));
}

/** Those that may live on: at most three, and none whose time has come, if the clock can be trusted to say so. */
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
