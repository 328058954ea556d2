import type { StoreView } from '../accesskey/context/stores.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { isConflict, KubeError } from '../kube/errors.ts';
import { refusalKind, refusalText } from '../kube/refusal.ts';
import { certificatesIn } from '../provider/ca-certificates.ts';
import type { Action } from '../runtime/controller.ts';
import { keyOf } from '../runtime/key.ts';
import { eventLoop } from '../runtime/yield.ts';
import { isAddressingDue } from './addressing.ts';
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
import { isSweepDue } from './reconcile-sweep.ts';
import {
  type Credentials,
  endWatches,
  readCaBundle,
  readCredentials,
  watchReferences,
} from './references.ts';
import { resyncMs } from './resync.ts';
import { writeStoreStatus } from './status.ts';
import { storeKeyOf } from './store-kinds.ts';
import { beginPass, type StorePass } from './store-pass.ts';
import { asSpecified, type BySpec, bySpec, needsKeys, stopped } from './view.ts';

/** The time between two tries of an unusable store, in ms. Its keys continue within seconds of its return. */
export const STORE_RETRY_MS = 3_000;
const CONFLICT_RETRY_MS = 500;

/**
 * Finds out whether a store is usable, and queues its keys when that changes. Protects the store and its
 * credentials from deletion while the store has keys. Queues a sweep at start and once every resync interval.
 */
export async function reconcileStore(ctx: StoreContext, key: string, signal: AbortSignal): Promise<Action> {
  const pass = beginPass(ctx, key, signal);
  if (!pass) {
    await forget(ctx, key);
    return {};
  }
  watchReferences(pass);
  try {
    return await syncStore(pass);
  } catch (error) {
    // Somebody changed the store or its Secret in the meantime. The next pass reads the new state.
    if (isConflict(error)) return { requeueAfterMs: CONFLICT_RETRY_MS };
    throw error;
  }
}

/** The use of a store by its keys. */
interface Use {
  /** The AccessKeys that have a user or policy in the store. */
  readonly keys: readonly AccessKey[];
  /** True if there are such keys, or a reconcile is about to make one. */
  readonly inUse: boolean;
}

async function syncStore(pass: StorePass): Promise<Action> {
  const { ctx, key, store, state } = pass;
  const keys = keysIn(ctx, key);
  forgetArrived(ctx, state);
  const inUse = isInUse(state, keys);
  const spec = bySpec(ctx, store, { inUse, keys, ca: state.ca });
  // Set before the first await: a key that checks from here on sees it, however long the store takes to
  // answer.
  if (!inUse) state.isProtected = false;
  await setView(pass, asSpecified(state.view, spec));
  const wasProtected = state.isProtected;
  const view = await protectAndConnect(pass, spec, { keys, inUse });
  if (!inUse && !ctx.readsOnly(store.kind)) await unprotect(pass);
  await setView(pass, view, { protectedNow: state.isProtected && !wasProtected });
  const isReady = view.kind === 'ready';
  if (isReady && (isSweepDue(pass) || isAddressingDue(pass))) ctx.queueSweep(key);
  await writeStoreStatus(pass, keys);
  const requeueAfterMs = isReady
    ? resyncMs(store) * (0.9 + 0.2 * ctx.random())
    : ctx.retryMs * (0.8 + 0.4 * ctx.random());
  return { requeueAfterMs };
}

/** Changes the store's view for its keys, and queues the keys that the change concerns. */
async function setView(
  { ctx, key, state }: StorePass,
  view: StoreView,
  { protectedNow = false }: { readonly protectedNow?: boolean } = {},
): Promise<void> {
  const before = state.view;
  state.view = view;
  if (protectedNow || needsKeys(before, view)) await queueKeys(ctx, key);
}

/** Forgets a deleted store: closes what this process holds of it, and queues its keys. */
async function forget(ctx: StoreContext, key: string): Promise<void> {
  const gone = ctx.states.get(key);
  ctx.states.delete(key);
  if (gone) endWatches(gone);
  void close(ctx, gone?.client);
  await queueKeys(ctx, key);
}

/**
 * Reads what the store refers to, protects the store while it is in use, and connects to it. Returns the view
 * that its keys get.
 */
async function protectAndConnect(
  pass: StorePass,
  { known, objection }: BySpec,
  use: Use,
): Promise<StoreView> {
  const { ctx, key, store, state, signal } = pass;
  const credentials = await readCredentials(ctx, store, signal);
  const refusal = use.inUse ? await keepProtected(pass, credentials, use) : undefined;
  // The operator makes no key in a store that nothing protects from deletion.
  if (refusal !== undefined) return stopped(refusal, known);
  if (objection !== undefined) {
    state.sweepFailure = undefined;
    return stopped(objection, known);
  }
  if (typeof credentials === 'string') return stopped(credentials, known);
  const ca = await readCaBundle(ctx, store, signal);
  if (typeof ca === 'string') return stopped(ca, known);
  state.ca = publishable(ca.pem);
  const current = { ...known, observed: { ...known.observed, ca: state.ca } };
  const { endpoint, region } = known.observed;
  const connection = {
    store: key,
    endpoint,
    region,
    caBundle: ca.pem,
    credentials: credentials.pair,
  };
  const view = await connect(pass, connection, current);
  if (view.kind !== 'ready' || state.sweepFailure === undefined) return view;
  ctx.queueSweep(key);
  return notReady(state.sweepFailure, current);
}

/**
 * Returns only the certificates, for the Secrets of keys: their source may hold a private key beside them.
 */
function publishable(pem: string | undefined): string | undefined {
  const certificates = pem === undefined ? [] : (certificatesIn(pem) ?? []);
  return certificates.length > 0 ? `${certificates.join('\n')}\n` : undefined;
}

/** Protects a store in use and its credentials. Returns why Kubernetes refuses that, if it does. */
async function keepProtected(
  pass: StorePass,
  credentials: Credentials | string,
  { keys }: Use,
): Promise<string | undefined> {
  const { ctx, store, state } = pass;
  if (ctx.readsOnly(store.kind)) {
    // Nothing protects this store, and its keys are reconciled as usual.
    state.isProtected = true;
    return undefined;
  }
  if (typeof credentials === 'string') return undefined;
  try {
    state.isProtected = await protect(pass, credentials.metadata);
    if (state.isProtected) {
      await unprotectFormer(pass);
      state.protectedSecret = store.spec.credentialsRef;
    }
  } catch (error) {
    const kind = refusalKind(error);
    if (!(error instanceof KubeError) || kind === undefined) throw error;
    return refusalText(error, kind);
  }
  announceWait(ctx, store, credentials.metadata, keys.length);
  return undefined;
}

/** Removes the finalizer from the Secret that held the credentials before the spec named another one. */
async function unprotectFormer(pass: StorePass): Promise<void> {
  const { credentialsSecret: former } = pass.store.status;
  const { namespace, name } = pass.store.spec.credentialsRef;
  if (!former || (former.namespace === namespace && former.name === name)) return;
  await unprotectSecret(pass, former);
}

async function queueKeys(ctx: StoreContext, storeKey: string): Promise<void> {
  for (const accessKey of ctx.accessKeyCache.values()) {
    await eventLoop.yield();
    if (storeKeyOf(accessKey) === storeKey) ctx.queueAccessKey(keyOf(accessKey));
  }
}
