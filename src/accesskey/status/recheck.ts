import type { Reason } from '../../api/reasons.ts';
import type { Context } from '../context/context.ts';

/** The delay before the next sync of a key for these reasons, in ms: no watch tells when they end. */
const RECHECK_MS: Partial<Record<Reason, number>> = {
  SecretConflict: 30_000,
  ImportRefused: 10_000,
  BucketNotCreated: 30_000,
  StoreConflict: 30_000,
  DisabledInStore: 60_000,
  ClockSkew: 60_000,
};

const DEFAULT_RECHECK_MS = 600_000;

/**
 * Returns when to sync a key again that isn't ready for that reason, in ms. Times are spread, so that keys
 * don't come together.
 */
export function recheckMs({ random }: Pick<Context, 'random'>, reason: Reason): number {
  return (RECHECK_MS[reason] ?? DEFAULT_RECHECK_MS) * (0.9 + 0.2 * random());
}
