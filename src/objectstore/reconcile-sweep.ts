import { parseDurationMs } from '../api/duration.ts';
import type { Store } from '../provider/provider.ts';
import type { Action } from '../runtime/controller.ts';
import type { StoreContext } from './context.ts';
import { treatOrphans } from './orphans.ts';
import type { AnyStore } from './store-kinds.ts';
import type { Entry } from './store-state.ts';
import type { Registry } from './stores.ts';
import { sweepUsers } from './sweep.ts';

const DEFAULT_RESYNC_MS = 600_000;

/** How often the users of a store are compared with the AccessKeys, in ms. */
export function resyncMs({ spec }: AnyStore): number {
  return parseDurationMs(spec.resyncInterval) ?? DEFAULT_RESYNC_MS;
}

/** True if the store's users were not compared yet, or so long ago that it is due again. */
export function isSweepDue(ctx: Pick<StoreContext, 'now'>, store: AnyStore, { sweptAt }: Entry): boolean {
  return sweptAt === undefined || ctx.now() - sweptAt >= resyncMs(store) * 0.9;
}

/**
 * Sweeps a store: compares its users with the AccessKeys, then looks after users without an AccessKey. It is work of its
 * own, so that neither a key nor the store's own reconcile waits for it. A sweep that is cut off goes on where it was: what
 * was read of ownerless users stays known.
 */
export async function reconcileSweep(
  ctx: StoreContext,
  registry: Registry,
  key: string,
  signal: AbortSignal,
): Promise<Action> {
  const store = ctx.stores.get(key);
  const entry = registry.get(key);
  // The store's reconcile asks again once the store can be used.
  if (!store || entry?.view.kind !== 'ready') return {};
  const hadFailed = entry.sweepFailure !== undefined;
  try {
    if (isSweepDue(ctx, store, entry)) await sweep(ctx, store, entry, entry.view.store.client, signal);
    entry.sweepFailure = undefined;
    if (hadFailed) ctx.queueStore(key);
    return {};
  } catch (error) {
    // What keeps the list of users from being read keeps deletions from ending: the store says it.
    if (!signal.aborted && entry.sweptAt === undefined) {
      entry.sweepFailure = error;
      ctx.queueStore(key);
    }
    throw error;
  }
}

async function sweep(
  ctx: StoreContext,
  store: AnyStore,
  entry: Entry,
  client: Store,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = store.metadata;
  const key = namespace === undefined ? name : `${namespace}/${name}`;
  const { keys, flagged, ownerless } = await sweepUsers(ctx, key, client, signal);
  // Keys wait for the comparison alone.
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
