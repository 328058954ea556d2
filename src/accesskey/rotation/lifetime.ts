import { ANNOTATION_PAUSED } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';

/** Whether somebody asked to leave the key as it is. Deletion and expiry revoke it all the same. */
export function isPaused({ metadata }: AccessKey): boolean {
  return metadata.annotations?.[ANNOTATION_PAUSED] === 'true';
}

/** When the key is to be revoked, in ms since 1970; Infinity for never. What isn't a time counts as past: never more than was written. */
export function expiryOf({ spec }: AccessKey): number {
  if (spec.expiresAt === undefined) return Number.POSITIVE_INFINITY;
  const time = Date.parse(spec.expiresAt);
  return Number.isNaN(time) ? 0 : time;
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
