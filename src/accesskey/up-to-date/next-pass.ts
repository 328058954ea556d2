import type { Reason } from '../../api/reasons.ts';
import type { Context } from '../context/context.ts';
import { expiryOf } from '../rotation/lifetime.ts';
import { forcedRotationTime, latestEnd, rotationTime } from '../rotation/rotation.ts';
import { lookAgainMs } from '../status/recheck.ts';
import { type Glance, glancedAge } from './up-to-date.ts';

/** What is due already isn't looked at without end. */
const SOONEST_MS = 1_000;

/** The same, and not after an end that waits for nothing: of a previous key, or of a pair that comes to its age. */
export function lookAgainOrEndMs(ctx: Context, reason: Reason, glance: Glance): number {
  const age = glancedAge(glance);
  const ends = [...revocationsMs(glance), ...(age ? [latestEnd(age) - glance.now] : [])];
  return Math.max(SOONEST_MS, Math.min(lookAgainMs(ctx, reason), ...ends.filter((ms) => ms > 0)));
}

/**
 * When a key that is ready needs its next pass by itself, in ms: its rotation, its own or a previous key's end. Infinity for
 * never.
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
 * When the age that the store's grants allow asks for a pass, in ms since 1970, whatever puts off all else: to replace
 * the pair, or to end any user of the key that the store has shown.
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
