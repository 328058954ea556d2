import { ANNOTATION_PAUSED } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { expiryTime } from '../../api/time.ts';

/** True if somebody paused the key. The operator still revokes it on deletion and expiry. */
export function isPaused({ metadata }: AccessKey): boolean {
  return metadata.annotations?.[ANNOTATION_PAUSED] === 'true';
}

/**
 * Returns when to revoke the key, in ms since 1970; Infinity for never. The operator revokes nothing for a
 * text that is no time. Admission refuses such a text, and the status reports one that passed it
 * (`unreadableOf`).
 */
export function expiryOf({ spec }: AccessKey): number {
  if (spec.expiresAt === undefined) return Number.POSITIVE_INFINITY;
  return expiryTime(spec.expiresAt) ?? Number.POSITIVE_INFINITY;
}

/**
 * True if the key must not work at `now` (ms since 1970): its AccessKey is being deleted, expired or
 * disabled.
 */
export function isToBeRevoked(accessKey: AccessKey, now: number): boolean {
  return accessKey.metadata.deletionTimestamp !== undefined || restingReason(accessKey, now) !== undefined;
}

/**
 * Returns the reason, by the spec alone, why nothing should be in force at `now` (ms since 1970); undefined
 * if something should.
 */
export function restingReason(accessKey: AccessKey, now: number): 'Expired' | 'Disabled' | undefined {
  if (expiryOf(accessKey) <= now) return 'Expired';
  return accessKey.spec.disabled ? 'Disabled' : undefined;
}
