import type { Reason } from '../../api/reasons.ts';
import type { Context } from '../context/context.ts';
import { expiryOf } from '../rotation/lifetime.ts';
import { forcedRotationTime, latestEnd, rotationTime } from '../rotation/rotation.ts';
import { lookAgainMs } from '../status/recheck.ts';
import { type Glance, glancedAge } from './up-to-date.ts';

/** The minimum wait before the next pass, in ms, so that a key that is overdue doesn't loop. */
const SOONEST_MS = 1_000;

/**
 * Returns when to sync the key again, in ms. It is no later than an end that must be on time: of a previous
 * key, or of a pair that reaches its maximum age.
 */
export function lookAgainOrEndMs(ctx: Context, reason: Reason, glance: Glance): number {
  const age = glancedAge(glance);
  const ends = [...revocationsMs(glance), ...(age ? [latestEnd(age) - glance.now] : [])];
  return Math.max(SOONEST_MS, Math.min(lookAgainMs(ctx, reason), ...ends.filter((ms) => ms > 0)));
}

/**
 * Returns when a ready key needs its next pass without a change, in ms: its rotation, or its own or a
 * previous key's end. Infinity for never.
 */
export function nextPassMs(glance: Glance): number {
  const { now, accessKey } = glance;
  const age = glancedAge(glance);
  const times = [
    expiryOf(accessKey) - now,
    ...(age ? [rotationTime(age) - now] : []),
    ...revocationsMs(glance),
  ];
  return Math.max(SOONEST_MS, Math.min(...times));
}

/**
 * Returns when the maximum age by the store's grants needs a pass, in ms since 1970. Nothing else postpones
 * it. The pass replaces the pair, or ends any user of the key that the store has shown.
 */
export function forcedPassAt(glance: Glance): number {
  const maxAgeMs = glance.store?.maxAgeMs;
  if (maxAgeMs === undefined) return Number.POSITIVE_INFINITY;
  const age = glancedAge(glance);
  const ends = [...glance.attached.values()].map((time) => time + maxAgeMs);
  return Math.min(...(age ? [forcedRotationTime(age)] : []), ...ends);
}

function revocationsMs({ accessKey: { status }, now }: Glance): number[] {
  return (status.previousKeys ?? []).map((previous) => Date.parse(previous.revokeAt) - now);
}
