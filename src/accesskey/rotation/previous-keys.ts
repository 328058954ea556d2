import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { PreviousKey } from '../secret/previous-record.ts';
import { graceMs } from './rotation.ts';

/** What no previous key outlives, whatever is recorded (rule 13). */
export interface PreviousBounds {
  readonly accessKey: AccessKey;
  /** When the current pair was made, in ms since 1970. */
  readonly currentSince: number;
  readonly maxAgeMs: number | undefined;
  /** When the store attached a user, in ms since 1970. */
  readonly attachedAt: (accessKeyId: string) => number | undefined;
}

/** The keys, none of them living longer than the grace after the current pair, and than the age that is allowed. */
export function boundedBy(keys: readonly PreviousKey[], bounds: PreviousBounds): PreviousKey[] {
  const { accessKey, currentSince, maxAgeMs, attachedAt } = bounds;
  const grace = currentSince + graceMs(accessKey, maxAgeMs);
  return keys.map((key) =>
    endingBy(key, Math.min(grace, (attachedAt(key.accessKeyId) ?? Infinity) + (maxAgeMs ?? Infinity))),
  );
}

/** Those whose time has come at `now` (ms since 1970). */
export function duePreviousKeys(keys: readonly PreviousKey[], now: number): PreviousKey[] {
  return keys.filter((key) => Date.parse(key.revokeAt) <= now);
}

/** Returns the key, ending at `latest` (ms since 1970) where it is recorded to live longer. */
export function endingBy(key: PreviousKey, latest: number): PreviousKey {
  return Date.parse(key.revokeAt) <= latest ? key : { ...key, revokeAt: new Date(latest).toISOString() };
}
