import { parseDurationMs } from '../api/duration.ts';
import type { StoreObject } from './store-kinds.ts';
import type { StorePass } from './store-pass.ts';

const DEFAULT_RESYNC_MS = 600_000;

/** Returns the interval in ms at which the operator compares a store's users with the AccessKeys. */
export function resyncMs({ spec }: StoreObject): number {
  return parseDurationMs(spec.resyncInterval) ?? DEFAULT_RESYNC_MS;
}

/**
 * True if the resync interval since `since` is over, but for the tenth by which a store's reconcile may come
 * early. `since` is in ms since 1970.
 */
export function isResyncDue({ ctx, store }: StorePass, since: number): boolean {
  return ctx.now() - since >= resyncMs(store) * 0.9;
}
