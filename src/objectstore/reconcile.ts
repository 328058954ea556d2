import type { StoreView } from '../accesskey/context/stores.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { isConflict, KubeError } from '../kube/errors.ts';
import { refusalKind, refusalText } from '../kube/refusal.ts';
import { certificatesIn } from '../provider/ca-certificates.ts';
import type { Action } from '../runtime/controller.ts';
import { keyOf } from '../runtime/key.ts';
import { eventLoop } from '../runtime/yield.ts';
import { close, connect, notReady } from './connect.ts';
import type { StoreContext } from './context.ts';
import {
  announceWait,
  forgetArrived,
  isInUse,
  keysIn,
  protect,
  unprotect,
  unprotectSecret,
} from './in-use.ts';
import { isSweepDue, resyncMs } from './reconcile-sweep.ts';
import { endWatches, readCaBundle, readCredentials, watchReferences } from './references.ts';
import { writeStoreStatus } from './status.ts';
import { type StoreObject, storeKeyOf } from './store-kinds.ts';
import type { StoreState } from './store-state.ts';
import type { Registry } from './stores.ts';
import { asSpecified, type BySpec, bySpec, needsKeys, stopped } from './view.ts';

/** The time between two tries of an unusable store, in ms. Its keys continue within seconds of its return. */
const RETRY_MS = 3_000;
const CONFLICT_RETRY_MS = 500;

/**
 * Finds out whether a store is usable, and queues its keys when that changes. Protects the store and its
 * credentials from deletion while the store has keys. Queues a sweep at start and once every resync interval.
 */
export async function reconcileStore(
  ctx: StoreContext,
  registry: Registry,
  key: string,
  signal: AbortSignal,
): Promise<Action> {
  const store = ctx.stores.get(key);
  if (!store) {
    await forget(ctx, registry, key);
    return {};
  }
  const entry = registry.entry(key);
  watchReferences(ctx, entry, key, store);
  try {
    return await look(ctx, entry, store, signal);
  } catch (error) {
    // Somebody changed the store or its Secret in the meantime. The next pass reads the new state.
    if (isConflict(error)) return { requeueAfterMs: CONFLICT_RETRY_MS };
    throw error;
  }
}

async function look(
  ctx: StoreContext,
  entry: StoreState,
  store: StoreObject,
  signal: AbortSignal,
): Promise<Action> {
  const key = keyOf(store);
  const keys = keysIn(ctx, key);
  forgetArrived(ctx, entry);
  const inUse = isInUse(entry, keys);
  const spec = bySpec(ctx, store, { inUse, keys, ca: entry.ca });
  // Set before the first await: a key that checks from here on sees it, however long the store takes to
  // answer.
  if (!inUse) entry.isProtected = false;
  await setView(ctx, key, entry, asSpecified(entry.view, spec));
  const wasProtected = entry.isProtected;
  const view = await viewOf(ctx, entry, store, { spec, inUse, keys }, signal);
  if (!inUse && !ctx.readsOnly(store.kind)) await unprotect(ctx, store, signal);
  await setView(ctx, key, entry, view, { protectedNow: entry.isProtected && !wasProtected });
  if (view.kind !== 'ready') {
    await writeStoreStatus(ctx, key, entry, keys, signal);
    return { requeueAfterMs: RETRY_MS * (0.8 + 0.4 * ctx.random()) };
  }
  if (isSweepDue(ctx, store, entry)) ctx.queueSweep(key);
  await writeStoreStatus(ctx, key, entry, keys, signal);
  return { requeueAfterMs: resyncMs(store) * (0.9 + 0.2 * ctx.random()) };
}

/** Changes the store's view for its keys, and queues the keys that the change concerns. */
async function setView(
  ctx: StoreContext,
  key: string,
  entry: StoreState,
  view: StoreView,
  { protectedNow = false }: { readonly protectedNow?: boolean } = {},
): Promise<void> {
  const before = entry.view;
  entry.view = view;
  if (protectedNow || needsKeys(before, view)) await queueKeys(ctx, key);
}

/** Forgets a deleted store: closes what this process holds of it, and queues its keys. */
async function forget(ctx: StoreContext, registry: Registry, key: string): Promise<void> {
  const gone = registry.get(key);
  registry.remove(key);
  if (gone) endWatches(gone);
  void close(ctx, gone?.client);
  await queueKeys(ctx, key);
}

async function viewOf(
  ctx: StoreContext,
  entry: StoreState,
  store: StoreObject,
  {
    spec,
    inUse,
    keys,
  }: { readonly spec: BySpec; readonly inUse: boolean; readonly keys: readonly AccessKey[] },
  signal: AbortSignal,
): Promise<StoreView> {
  const { known, objection } = spec;
  const credentials = await readCredentials(ctx, store, signal);
  if (inUse && ctx.readsOnly(store.kind)) {
    // Nothing protects this store, and its keys are reconciled as usual.
    entry.isProtected = true;
  } else if (typeof credentials !== 'string' && inUse) {
    try {
      entry.isProtected = await protect(ctx, store, credentials.metadata, signal);
      if (entry.isProtected) {
        await unprotectFormer(ctx, store, signal);
        entry.protectedSecret = store.spec.credentialsRef;
      }
    } catch (error) {
      const kind = refusalKind(error);
      if (!(error instanceof KubeError) || kind === undefined) throw error;
      // The operator makes no key in a store that nothing protects from deletion.
      return stopped(refusalText(error, kind), known);
    }
    announceWait(ctx, store, credentials.metadata, keys.length);
  }
  if (objection !== undefined) {
    entry.sweepFailure = undefined;
    return stopped(objection, known);
  }
  if (typeof credentials === 'string') return stopped(credentials, known);
  const ca = await readCaBundle(ctx, store, signal);
  if (typeof ca === 'string') return stopped(ca, known);
  entry.ca = publishable(ca.pem);
  const current = { ...known, observed: { ...known.observed, ca: entry.ca } };
  const { endpoint, region } = known.observed;
  const connection = {
    store: keyOf(store),
    endpoint,
    region,
    caBundle: ca.pem,
    credentials: credentials.pair,
  };
  const view = await connect(ctx, entry, store, connection, current, signal);
  if (view.kind !== 'ready' || entry.sweepFailure === undefined) return view;
  ctx.queueSweep(keyOf(store));
  return notReady(entry.sweepFailure, current);
}

/**
 * Returns only the certificates, for the Secrets of keys: their source may hold a private key beside them.
 */
function publishable(pem: string | undefined): string | undefined {
  const certificates = pem === undefined ? [] : (certificatesIn(pem) ?? []);
  return certificates.length > 0 ? `${certificates.join('\n')}\n` : undefined;
}

/** Removes the finalizer from the Secret that held the credentials before the spec named another one. */
async function unprotectFormer(ctx: StoreContext, store: StoreObject, signal: AbortSignal): Promise<void> {
  const { credentialsSecret: former } = store.status;
  const { namespace, name } = store.spec.credentialsRef;
  if (!former || (former.namespace === namespace && former.name === name)) return;
  await unprotectSecret(ctx, store, former, signal);
}

async function queueKeys(ctx: StoreContext, storeKey: string): Promise<void> {
  for (const accessKey of ctx.accessKeyCache.values()) {
    await eventLoop.yield();
    if (storeKeyOf(accessKey) === storeKey) ctx.queueAccessKey(keyOf(accessKey));
  }
}
