import { type PreviousKey, previousKeysOf } from '../secret/previous-record.ts';
import { type PairAge, recordedTime } from './pair-age.ts';
import { graceMs } from './rotation.ts';

/**
 * Returns the previous keys that the pair's Secret records, with bounded ends. None lives longer than the
 * grace after the current pair, or than the maximum age, even if a record says otherwise (rule 13).
 */
export function boundedPreviousKeys(age: PairAge): PreviousKey[] {
  const { accessKey, facts, users, now, maxAgeMs } = age;
  const currentSince = Math.min(Date.parse(recordedTime(age)), now);
  const graceEnd = currentSince + graceMs(accessKey, maxAgeMs);
  return previousKeysOf(facts).map((key) => {
    const attachedAt = users.get(key.accessKeyId)?.attachedAt ?? Number.POSITIVE_INFINITY;
    return endingBy(key, Math.min(graceEnd, attachedAt + (maxAgeMs ?? Number.POSITIVE_INFINITY)));
  });
}

/** Returns the keys whose time has come at `now` (ms since 1970). */
export function duePreviousKeys(keys: readonly PreviousKey[], now: number): PreviousKey[] {
  return keys.filter((key) => Date.parse(key.revokeAt) <= now);
}

/** Returns the key with an end of at most `latest` (ms since 1970). */
export function endingBy(key: PreviousKey, latest: number): PreviousKey {
  return Date.parse(key.revokeAt) <= latest ? key : { ...key, revokeAt: new Date(latest).toISOString() };
}
