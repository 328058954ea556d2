import { isDeepStrictEqual } from 'node:util';
import type { ClusterObjectStore, ClusterObjectStoreStatus } from '../api/clusterobjectstore.ts';
import { FIELD_MANAGER } from '../api/names.ts';
import { referenceTo } from '../api/reference.ts';
import { isConflict, isNotFound } from '../kube/errors.ts';
import { withoutManagedFields } from '../kube/objects.ts';
import type { StoreContext } from './context.ts';
import type { Entry } from './entry.ts';

/** Writes a store's status from what its entry holds, if it differs, and says in an Event when Ready changes. */
export async function writeStoreStatus(
  ctx: StoreContext,
  store: ClusterObjectStore,
  entry: Entry,
  signal: AbortSignal,
): Promise<void> {
  const before = store.status;
  const after = storeStatus(ctx, store, entry);
  if (isDeepStrictEqual(before, after)) return;
  const { name, uid, resourceVersion } = store.metadata;
  announce(ctx, store, after);
  const gone = Object.keys(before ?? {}).filter((key) => !(key in after));
  const status = { ...after, ...Object.fromEntries(gone.map((key) => [key, null])) };
  try {
    const options = { type: 'merge', subresource: 'status', fieldManager: FIELD_MANAGER, signal } as const;
    const live = await ctx.stores.patch(
      name,
      undefined,
      { metadata: { uid, resourceVersion }, status },
      options,
    );
    ctx.storeCache.put(withoutManagedFields(live), { exclusive: true });
  } catch (error) {
    if (isNotFound(error)) return;
    if (!isConflict(error)) throw error;
    // The watch brings the newer object, and with it the next reconcile.
    ctx.queueStore(name, 1_000);
  }
}

function storeStatus(ctx: StoreContext, store: ClusterObjectStore, entry: Entry): ClusterObjectStoreStatus {
  const { view } = entry;
  const generation = store.metadata.generation ?? 0;
  const ready = view.kind === 'ready';
  const insecure = store.spec.endpoint.startsWith('http:')
    ? '; it is http, so anybody on the network in between can read along'
    : '';
  const reason = view.kind === 'notReady' ? view.reason : 'Connected';
  const message =
    view.kind === 'notReady' ? view.message : `the store answers and takes the credentials${insecure}`;
  const conditions = ['Ready', ...(ready ? [] : ['Reconciling'])].map((type) => {
    const status = type === 'Ready' && !ready ? ('False' as const) : ('True' as const);
    const known = store.status?.conditions?.find((condition) => condition.type === type);
    const now = new Date(ctx.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const lastTransitionTime = known?.status === status ? known.lastTransitionTime : now;
    return {
      type,
      status,
      reason,
      message: message.slice(0, 1_024),
      observedGeneration: generation,
      lastTransitionTime,
    };
  });
  let keys = 0;
  for (const { spec } of ctx.accessKeyCache.values())
    if (spec.storeRef.name === store.metadata.name) keys += 1;
  return {
    ...store.status,
    observedGeneration: generation,
    conditions,
    clusterName: ctx.cluster.name,
    keys,
    ...(entry.orphanedUsers !== undefined && { orphanedUsers: entry.orphanedUsers }),
    ...(entry.sweptAt !== undefined && {
      lastSyncAt: new Date(entry.sweptAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    }),
  };
}

function announce(ctx: StoreContext, store: ClusterObjectStore, after: ClusterObjectStoreStatus): void {
  const was = store.status?.conditions?.find(({ type }) => type === 'Ready');
  const is = after.conditions?.find(({ type }) => type === 'Ready');
  if (!is || (was?.reason === is.reason && was.status === is.status)) return;
  const { name } = store.metadata;
  const type = is.status === 'True' ? 'Normal' : 'Warning';
  ctx.events.record(referenceTo('ClusterObjectStore', store.metadata), {
    type,
    reason: is.reason,
    action: 'Reconcile',
    note: is.message,
  });
  ctx.log[is.status === 'True' ? 'info' : 'warn']({ name, reason: is.reason }, is.message);
}
