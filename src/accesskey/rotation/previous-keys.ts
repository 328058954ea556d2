import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { PreviousKey } from '../secret/previous-record.ts';
import { graceMs } from './rotation.ts';

/** The limits that no previous key outlives, even if a record says otherwise (rule 13). */
export interface PreviousBounds {
  readonly accessKey: AccessKey;
  /** The time when the current pair was made, in ms since 1970. */
  readonly currentSince: number;
  readonly maxAgeMs: number | undefined;
  /** The time when the store attached a user, in ms since 1970. */
  readonly attachedAt: (accessKeyId: string) => number | undefined;
}

/**
 * Returns the keys with bounded ends. None lives longer than the grace after the current pair, or than the
 * maximum age.
 */
export function boundedBy(keys: readonly PreviousKey[], bounds: PreviousBounds): PreviousKey[] {
  const { accessKey, currentSince, maxAgeMs, attachedAt } = bounds;
  const grace = currentSince + graceMs(accessKey, maxAgeMs);
  return keys.map((key) =>
    endingBy(key, Math.min(grace, (attachedAt(key.accessKeyId) ?? Infinity) + (maxAgeMs ?? Infinity))),
  );
}

/** Returns the keys whose time has come at `now` (ms since 1970). */
export function duePreviousKeys(keys: readonly PreviousKey[], now: number): PreviousKey[] {
  return keys.filter((key) => Date.parse(key.revokeAt) <= now);
}

/** Returns the key with an end of at most `latest` (ms since 1970). */
export function endingBy(key: PreviousKey, latest: number): PreviousKey {
  return Date.parse(key.revokeAt) <= latest ? key : { ...key, revokeAt: new Date(latest).toISOString() };
}
