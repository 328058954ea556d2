import { StoreError } from '../provider/errors.ts';
import type { Action } from '../runtime/controller.ts';
import { isAddressingDue, lookUpAddressing } from './addressing.ts';
import type { StoreContext } from './context.ts';
import { type OwnerlessCounts, treatOrphans } from './orphans.ts';
import { isResyncDue } from './resync.ts';
import { beginPass, type StorePass, type SweepPass } from './store-pass.ts';
import { sweepUsers } from './sweep.ts';

/** True if no comparison of the store's users holds, or if the next one is due. */
export function isSweepDue(pass: StorePass): boolean {
  const { sweptAt, comparedAt, sweepAgainAt = Number.POSITIVE_INFINITY } = pass.state;
  // A sweep that was running when its comparison lost its worth has ended since.
  if (sweptAt === undefined || comparedAt === undefined) return true;
  return isResyncDue(pass, sweptAt) || pass.ctx.now() >= sweepAgainAt;
}

/**
 * Sweeps a store: compares its users with the AccessKeys, then treats users without an AccessKey. Sweeps have
 * their own queue, so neither a key nor the store's own reconcile waits for them. After an interruption, the
 * next sweep continues: what it has read of ownerless users stays known.
 */
export async function reconcileSweep(ctx: StoreContext, key: string, signal: AbortSignal): Promise<Action> {
  const pass = beginPass(ctx, key, signal);
  // The store's reconcile queues a sweep once the store has accepted a client. It may be trying another one.
  const client = pass?.state.accepted?.client;
  if (!pass || !client) return {};
  const { state } = pass;
  const hadFailed = state.sweepFailure !== undefined;
  // The store's reconcile asks again once the store can be used.
  if (state.view.kind !== 'ready' && !hadFailed) return {};
  try {
    if (isSweepDue(pass)) await sweep({ ...pass, client });
    state.sweepFailure = undefined;
    if (hadFailed) ctx.queueStore(key);
    if (isAddressingDue(pass)) await lookUpAddressing(pass);
    const { sweepAgainAt } = state;
    return sweepAgainAt === undefined ? {} : { requeueAfterMs: Math.max(0, sweepAgainAt - ctx.now()) };
  } catch (error) {
    // Without the list of users no deletion ends, so the store says what keeps it from being read. Its
    // reconcile queues the next try as soon as its own check passes.
    const isNews = state.comparedAt === undefined && isInUse(state, client);
    if (!signal.aborted && isNews && error instanceof StoreError) state.sweepFailure = error;
    ctx.queueStore(key);
    throw error;
  }
}

/** True if the store has accepted no other client since. Other credentials may show other users. */
function isInUse({ accepted }: StorePass['state'], client: SweepPass['client']): boolean {
  return accepted?.client === client;
}

async function sweep(pass: SweepPass): Promise<void> {
  const { ctx, key, store, state, client, signal } = pass;
  const { namespace, name } = store.metadata;
  const { keys, flagged, inherited, ownerless } = await sweepUsers(pass);
  // The reconcile that took the other client has queued the next sweep.
  if (!isInUse(state, client)) return;
  const isFirst = state.comparedAt === undefined;
  state.inheritedKeys = new Set(inherited);
  // An earlier process may have made users a moment ago that such a store doesn't list yet.
  const { settlesWithinMs } = client.capabilities();
  const afterMs = Math.max(settlesWithinMs, inherited.length > 0 ? ctx.inheritedWritesMs : 0);
  state.sweepAgainAt = isFirst && afterMs > 0 ? ctx.now() + afterMs : undefined;
  // Keys wait only for the comparison.
  state.comparedAt = ctx.now();
  for (const waiting of state.keysAwaitingSweep) ctx.queueAccessKey(waiting);
  state.keysAwaitingSweep.clear();
  const onCounted = ({ orphanedUsers, retainedUsers }: OwnerlessCounts) => {
    if (state.orphanedUsers === orphanedUsers && state.retainedUsers === retainedUsers) return;
    state.orphanedUsers = orphanedUsers;
    state.retainedUsers = retainedUsers;
    ctx.queueStore(key);
  };
  await treatOrphans(pass, ownerless, onCounted);
  if (!isInUse(state, client)) return;
  state.sweptAt = ctx.now();
  const { orphanedUsers, retainedUsers } = state;
  ctx.log.info({ namespace, name, keys, flagged, orphanedUsers, retainedUsers }, 'swept the store');
  state.serverVersion = await client.serverVersion({ signal });
  ctx.queueStore(key);
}
