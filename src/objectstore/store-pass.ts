import type { Store } from '../provider/provider.ts';
import type { StoreContext } from './context.ts';
import type { StoreObject } from './store-kinds.ts';
import { ensureState, type StoreState } from './store-state.ts';

/** One reconcile or sweep of one store, shared by its parts. */
export interface StorePass {
  readonly ctx: StoreContext;
  /** The store's key. */
  readonly key: string;
  readonly store: StoreObject;
  readonly state: StoreState;
  readonly signal: AbortSignal;
}

/** A pass that lists the store's users and acts on them. */
export interface SweepPass extends StorePass {
  readonly client: Store;
}

/** Begins a pass. Returns undefined if there is no such store. */
export function beginPass(ctx: StoreContext, key: string, signal: AbortSignal): StorePass | undefined {
  const store = ctx.stores.get(key);
  return store && { ctx, key, store, state: ensureState(ctx.states, key), signal };
}
