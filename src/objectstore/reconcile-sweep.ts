import { parseDurationMs } from '../api/duration.ts';
import { StoreError } from '../provider/errors.ts';
import type { Store } from '../provider/provider.ts';
import type { Action } from '../runtime/controller.ts';
import { keyOf } from '../runtime/key.ts';
import type { StoreContext } from './context.ts';
import { treatOrphans } from './orphans.ts';
import type { StoreObject } from './store-kinds.ts';
import type { StoreState } from './store-state.ts';
import type { Registry } from './stores.ts';
import { sweepUsers } from './sweep.ts';

const DEFAULT_RESYNC_MS = 600_000;

/** Returns the interval in ms at which the operator compares a store's users with the AccessKeys. */
export function resyncMs({ spec }: StoreObject): number {
  return parseDurationMs(spec.resyncInterval) ?? DEFAULT_RESYNC_MS;
}

/** True if the operator has never compared the store's users, or if the next comparison is due. */
export function isSweepDue(
  ctx: Pick<StoreContext, 'now'>,
  store: StoreObject,
  { sweptAt }: StoreState,
): boolean {
  return sweptAt === undefined || ctx.now() - sweptAt >= resyncMs(store) * 0.9;
}

/**
 * Sweeps a store: compares its users with the AccessKeys, then treats users without an AccessKey. Sweeps have
 * their own queue, so neither a key nor the store's own reconcile waits for them. After an interruption, the
 * next sweep continues: what it has read of ownerless users stays known.
 */
export async function reconcileSweep(
  ctx: StoreContext,
  registry: Registry,
  key: string,
  signal: AbortSignal,
): Promise<Action> {
  const store = ctx.stores.get(key);
  const entry = registry.get(key);
  // The store's reconcile queues a sweep once the store is usable.
  if (!store || !entry?.client) return {};
  const hadFailed = entry.sweepFailure !== undefined;
  // The store's reconcile asks again once the store can be used.
  if (entry.view.kind !== 'ready' && !hadFailed) return {};
  try {
    if (isSweepDue(ctx, store, entry)) await sweep(ctx, store, entry, entry.client, signal);
    entry.sweepFailure = undefined;
    if (hadFailed) ctx.queueStore(key);
    return {};
  } catch (error) {
    // Without the list of users no deletion ends, so the store says what keeps it from being read. Its
    // reconcile
    // queues the next try as soon as its own check passes.
    if (!signal.aborted && entry.comparedAt === undefined && error instanceof StoreError)
      entry.sweepFailure = error;
    ctx.queueStore(key);
    throw error;
  }
}

async function sweep(
  ctx: StoreContext,
  store: StoreObject,
  entry: StoreState,
  client: Store,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = store.metadata;
  const key = keyOf(store);
  const { keys, flagged, ownerless } = await sweepUsers(ctx, key, client, signal);
  // Keys wait only for the comparison.
  entry.comparedAt = ctx.now();
  for (const resolve of [...entry.waiting]) resolve();
  const { orphanedUsers, retainedUsers } = await treatOrphans(ctx, store, entry, client, ownerless, signal);
  entry.orphanedUsers = orphanedUsers;
  entry.retainedUsers = retainedUsers;
  entry.sweptAt = ctx.now();
  ctx.log.info({ namespace, name, keys, flagged, orphanedUsers, retainedUsers }, 'swept the store');
  entry.serverVersion = await client.serverVersion({ signal });
  ctx.queueStore(key);
}
