import type { Reason } from '../../api/reasons.ts';
import type { Context } from '../context/context.ts';
import { expiryOf } from '../rotation/lifetime.ts';
import { forcedRotationTime, latestEnd, rotationTime } from '../rotation/rotation.ts';
import { recheckMs } from '../status/recheck.ts';
import { type CachedState, cachedAge } from './cached-state.ts';

/** The minimum wait before the next pass, in ms, so that a key that is overdue doesn't loop. */
const MIN_DELAY_MS = 1_000;

/**
 * Returns when to sync the key again, in ms. It is no later than an end that must be on time: of a previous
 * key, or of a pair that reaches its maximum age.
 */
export function recheckOrEndMs(
  ctx: Pick<Context, 'random'>,
  reason: Reason,
  cachedState: CachedState,
): number {
  const age = cachedAge(cachedState);
  const ends = [...revocationsMs(cachedState), ...(age ? [latestEnd(age) - cachedState.now] : [])];
  return Math.max(MIN_DELAY_MS, Math.min(recheckMs(ctx, reason), ...ends.filter((ms) => ms > 0)));
}

/**
 * Returns when a ready key needs its next pass without a change, in ms: its rotation, or its own or a
 * previous key's end. Infinity for never.
 */
export function nextPassMs(cachedState: CachedState): number {
  const { now, accessKey } = cachedState;
  const age = cachedAge(cachedState);
  const times = [
    expiryOf(accessKey) - now,
    ...(age ? [rotationTime(age) - now] : []),
    ...revocationsMs(cachedState),
  ];
  return Math.max(MIN_DELAY_MS, Math.min(...times));
}

/**
 * Returns when the maximum age by the store's grants needs a pass, in ms since 1970. Nothing else postpones
 * it. The pass replaces the pair, or ends any user of the key that the store has shown.
 */
export function forcedPassAt(cachedState: CachedState): number {
  const { maxAgeMs, users } = cachedState;
  if (maxAgeMs === undefined) return Number.POSITIVE_INFINITY;
  const age = cachedAge(cachedState);
  const ends = [...users.values()].map(({ attachedAt }) => attachedAt + maxAgeMs);
  return Math.min(...(age ? [forcedRotationTime(age)] : []), ...ends);
}

function revocationsMs({ accessKey: { status }, now }: CachedState): number[] {
  return (status.previousKeys ?? []).map((previous) => Date.parse(previous.revokeAt) - now);
}
