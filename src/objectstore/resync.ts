import { parseDurationMs } from '../api/duration.ts';
import type { StoreObject } from './store-kinds.ts';

const DEFAULT_RESYNC_MS = 600_000;

/** Returns the interval in ms at which the operator compares a store's users with the AccessKeys. */
export function resyncMs({ spec }: StoreObject): number {
  return parseDurationMs(spec.resyncInterval) ?? DEFAULT_RESYNC_MS;
}
