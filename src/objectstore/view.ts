import { type KnownStore, knownStore, readyStore, type StoreView } from '../accesskey/context/stores.ts';
import { isSameEndpoint } from '../api/endpoint.ts';
import { keyOf } from '../runtime/key.ts';
import type { StoreContext } from './context.ts';
import { usableAt } from './endpoint-check.ts';
import { keysIn } from './in-use.ts';
import { inferredStatusOf, withInferredStatus } from './inferred-status.ts';
import { observedBySpec } from './observed-by-spec.ts';
import type { StoreObject } from './store-kinds.ts';

/** The facts of a store's spec, and why the operator must not use the store, if there is a reason. */
export interface BySpec {
  readonly known: KnownStore;
  readonly objection: string | undefined;
}

/**
 * Returns a store's view under its current spec. New grants take effect as soon as the operator sees them.
 */
export function asSpecified(view: StoreView, { known, objection }: BySpec): StoreView {
  if (view.kind === 'pending' || view.kind === 'missing') return view;
  if (objection !== undefined) return stopped(objection, known);
  if (view.kind === 'notReady') {
    const { revoker, ...rest } = view;
    const isSame = revoker && isSameEndpoint(revoker.observed.endpoint, known.observed.endpoint);
    return { ...rest, known, ...(isSame && { revoker: readyStore(known, revoker.client) }) };
  }
  const { client, observed } = view.store;
  // A new endpoint must first prove that it is a store.
  return isSameEndpoint(observed.endpoint, known.observed.endpoint)
    ? { kind: 'ready', store: readyStore(known, client) }
    : view;
}

/** Returns the view of a store that is unusable because of its spec or its references. */
export function stopped(message: string, known: KnownStore): StoreView {
  return { kind: 'notReady', reason: 'StoreNotReady', message, known };
}

/** Reads from a store what its keys need to know, and whether the operator may use its endpoint. */
export async function bySpec(
  ctx: StoreContext,
  store: StoreObject,
  { inUse, ca }: { readonly inUse: boolean; readonly ca: string | undefined },
): Promise<BySpec> {
  if (!ctx.readsOnly(store.kind)) {
    const { endpoint, objection } = usableAt(store, { ...ctx, inUse });
    return { known: knownBySpec(ctx, store, endpoint, ca), objection };
  }
  const inferred = await inferredStatusOf(ctx, store, keysIn(ctx, keyOf(store)));
  const { endpoint, objection } = usableAt(withInferredStatus(store, inferred), { ...ctx, inUse });
  const renamed =
    inferred.otherName &&
    `AccessKey ${inferred.otherName} was issued under another cluster name than ${ctx.cluster.name}; set --cluster-name to the earlier name`;
  return { known: knownBySpec(ctx, store, endpoint, ca), objection: objection ?? renamed };
}

function knownBySpec(
  { providers }: Pick<StoreContext, 'providers'>,
  store: StoreObject,
  endpoint: string,
  ca: string | undefined,
): KnownStore {
  const { provider, grants } = store.spec;
  return {
    observed: observedBySpec(store, endpoint, ca, providers[provider]),
    grants,
    deleting: store.metadata.deletionTimestamp !== undefined,
  };
}

/** True if a store's keys need a reconcile after the change from one view to the other. */
export function needsKeys(before: StoreView, after: StoreView): boolean {
  if (before.kind !== after.kind) return true;
  if (after.kind === 'notReady' && before.kind === 'notReady') {
    if (after.reason !== before.reason || (after.revoker && !before.revoker)) return true;
  }
  const spec = (view: StoreView) => {
    const known = knownStore(view);
    return known && JSON.stringify([{ ...known.observed, form: undefined }, known.grants, known.deleting]);
  };
  return spec(after) !== spec(before);
}
