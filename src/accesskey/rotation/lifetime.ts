import { ANNOTATION_PAUSED } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { expiryTime } from '../../api/time.ts';

/** Whether somebody asked to leave the key as it is. Deletion and expiry revoke it all the same. */
export function isPaused({ metadata }: AccessKey): boolean {
  return metadata.annotations?.[ANNOTATION_PAUSED] === 'true';
}

/**
 * Returns when the key is to be revoked, in ms since 1970; Infinity for never. Nothing is revoked for a text that is no
 * time: admission refuses such a text, and the status says what passed it (`unreadableOf`).
 */
export function expiryOf({ spec }: AccessKey): number {
  if (spec.expiresAt === undefined) return Number.POSITIVE_INFINITY;
  return expiryTime(spec.expiresAt) ?? Number.POSITIVE_INFINITY;
}

/** True if the key must not go on working at `now` (ms since 1970): its AccessKey is being deleted, expired or disabled. */
export function isToBeRevoked(accessKey: AccessKey, now: number): boolean {
  return accessKey.metadata.deletionTimestamp !== undefined || restingReason(accessKey, now) !== undefined;
}

/** The reason for which nothing is to be in force at `now` (ms since 1970), by the spec alone; undefined where something is. */
export function restingReason(accessKey: AccessKey, now: number): 'Expired' | 'Disabled' | undefined {
  if (expiryOf(accessKey) <= now) return 'Expired';
  return accessKey.spec.disabled ? 'Disabled' : undefined;
}
