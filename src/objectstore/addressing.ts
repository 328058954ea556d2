import type { Addressing } from '../provider/provider.ts';
import { isAllowed } from './endpoint-check.ts';
import { isResyncDue } from './resync.ts';
import type { StorePass } from './store-pass.ts';
import type { StoreState } from './store-state.ts';

/** True if nobody has asked this endpoint yet, or if the answer is older than the resync interval. */
export function isAddressingDue(pass: StorePass): boolean {
  const endpoint = endpointOf(pass);
  const found = pass.state.addressing;
  if (endpoint === undefined) return false;
  return found?.endpoint !== endpoint || isResyncDue(pass, found.foundAt);
}

/** Asks whether the store takes buckets in host names, and queues the store if the answer changed. */
export async function lookUpAddressing(pass: StorePass): Promise<void> {
  const { ctx, key, state, signal } = pass;
  const endpoint = endpointOf(pass);
  if (endpoint === undefined) return;
  const addressing = await ctx.findAddressing({ store: key, endpoint, caBundle: state.ca }, signal);
  const before = state.addressing;
  state.addressing = { endpoint, addressing, foundAt: ctx.now() };
  if (before?.endpoint !== endpoint || before.addressing !== addressing) ctx.queueStore(key);
}

/** Returns the addressing of the endpoint that Secrets name now; undefined if it isn't known. */
export function knownAddressing({ view, addressing }: StoreState): Addressing | undefined {
  if (view.kind !== 'ready' || view.store.observed.publicEndpoint !== addressing?.endpoint) return undefined;
  return addressing.addressing;
}

/**
 * Returns the endpoint to ask; undefined if the operator sends nothing there. The owner of an ObjectStore
 * chooses its publicEndpoint, so that has to be one that ObjectStores may name.
 */
function endpointOf({ ctx, store, state: { view } }: StorePass): string | undefined {
  if (view.kind !== 'ready') return undefined;
  const { publicEndpoint } = view.store.observed;
  const isOpen = store.kind !== 'ObjectStore' || isAllowed(publicEndpoint, ctx.namespacedEndpoints);
  return isOpen ? publicEndpoint : undefined;
}
