import type { KnownStore, StoreView } from '../accesskey/context/stores.ts';
import { isConflict } from '../kube/errors.ts';
import { certificatesIn } from '../provider/ca-certificates.ts';
import type { Action } from '../runtime/controller.ts';
import { keyOf } from '../runtime/key.ts';
import { eventLoop } from '../runtime/yield.ts';
import { isAddressingDue } from './addressing.ts';
import { check, closeAll, connect, notReady, revokingOnly } from './connect.ts';
import type { StoreContext } from './context.ts';
import { forgetArrived, hasKeys } from './in-use.ts';
import { keepProtected, unprotect } from './protection.ts';
import { isSweepDue } from './reconcile-sweep.ts';
import {
  endWatches,
  isRead,
  type Refused,
  readCaBundle,
  readCredentials,
  referencesOf,
  watchReferences,
} from './references.ts';
import { resyncMs } from './resync.ts';
import { warn, writeStoreStatus } from './status.ts';
import { beginPass, type StorePass } from './store-pass.ts';
import { asSpecified, type BySpec, bySpec, needsKeys, stopped } from './view.ts';

/** The time between two tries of an unusable store, in ms. Its keys continue within seconds of its return. */
export const STORE_RETRY_MS = 3_000;
const CONFLICT_RETRY_MS = 500;
/** The time between two tries of what Kubernetes refuses for a usable store, in ms. */
const REFUSED_RETRY_MS = 10_000;

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
  forgetArrived(ctx, pass.state);
  const inUse = hasKeys(ctx, key) || pass.state.upcoming.size > 0;
  try {
    return isCountOnly(pass, inUse) ? await count(pass) : await fullPass(pass, inUse);
  } catch (error) {
    // Somebody changed the store or its Secret in the meantime. The next pass reads the new state.
    if (isConflict(error)) return { requeueAfterMs: CONFLICT_RETRY_MS };
    throw error;
  }
}

/**
 * True if nothing of a usable store can have changed since its last full pass but the number of its keys.
 * @param inUse true if keys have a user or policy in the store, or a reconcile is about to make one
 */
function isCountOnly({ ctx, store, state }: StorePass, inUse: boolean): boolean {
  if (ctx.now() >= state.fullPassAt || ctx.readsOnly(store.kind)) return false;
  return inUse && state.isProtected && state.view.kind === 'ready' && !store.metadata.deletionTimestamp;
}

/** Writes the number of keys. It costs one request, since keys may come and go for minutes. */
async function count(pass: StorePass): Promise<Action> {
  await writeStoreStatus(pass);
  return { requeueAfterMs: Math.min(pass.state.fullPassAt - pass.ctx.now(), restMs(pass)) };
}

/** Runs a pass that does everything, and records when the next one is due unless somebody asks before. */
async function fullPass(pass: StorePass, inUse: boolean): Promise<Action> {
  const { ctx, state } = pass;
  state.fullPassAt = Number.POSITIVE_INFINITY;
  try {
    const afterMs = await syncStore(pass, inUse);
    if (state.fullPassAt !== 0) state.fullPassAt = ctx.now() + afterMs;
    return { requeueAfterMs: afterMs };
  } catch (error) {
    state.fullPassAt = 0;
    throw error;
  }
}

/** Returns the time until the next pass, in ms. */
async function syncStore(pass: StorePass, inUse: boolean): Promise<number> {
  const { ctx, key, store, state } = pass;
  // Set before the first await: a key that checks from here on sees it, however long the store takes to
  // answer.
  if (!inUse) state.isProtected = false;
  const spec = await bySpec(ctx, store, { inUse, ca: state.ca });
  await setView(pass, asSpecified(state.view, spec));
  const { isProtected: wasProtected, protectionRefusal: before } = state;
  const view = await protectAndConnect(pass, spec, inUse);
  if (!inUse && !ctx.readsOnly(store.kind)) await unprotect(pass);
  await setView(pass, view, {
    isNews: (state.isProtected && !wasProtected) || state.protectionRefusal !== before,
  });
  const isReady = view.kind === 'ready';
  if (isReady && (isSweepDue(pass) || isAddressingDue(pass))) ctx.queueSweep(key);
  await writeStoreStatus(pass);
  return isReady ? restMs(pass) : ctx.retryMs * (0.8 + 0.4 * ctx.random());
}

/** Returns the delay before the next pass of a usable store, in ms. */
function restMs({ ctx, store, state }: StorePass): number {
  const isRefused = state.unread !== undefined || state.protectionRefusal !== undefined;
  return (isRefused ? REFUSED_RETRY_MS : resyncMs(store)) * (0.9 + 0.2 * ctx.random());
}

/** Changes the store's view for its keys, and queues the keys that the change concerns. */
async function setView(
  { ctx, key, state }: StorePass,
  view: StoreView,
  { isNews = false }: { readonly isNews?: boolean } = {},
): Promise<void> {
  const before = state.view;
  state.view = view;
  if (isNews || needsKeys(before, view)) await queueKeys(ctx, key);
}

/** Forgets a deleted store: closes what this process holds of it, and queues its keys. */
async function forget(
  ctx: Pick<StoreContext, 'states' | 'log' | 'keysByStore' | 'queueAccessKey'>,
  key: string,
): Promise<void> {
  const gone = ctx.states.get(key);
  ctx.states.delete(key);
  if (gone) endWatches(gone);
  if (gone) void closeAll(ctx, gone);
  await queueKeys(ctx, key);
}

/**
 * Reads what the store refers to, protects the store while it is in use, and connects to it. Returns the view
 * that its keys get.
 */
async function protectAndConnect(
  pass: StorePass,
  { known, objection }: BySpec,
  inUse: boolean,
): Promise<StoreView> {
  const { ctx, key, store, state, signal } = pass;
  const credentials = await readCredentials(ctx, store, signal);
  // Its existing keys go on in a store that nothing protects from deletion. The operator makes no new ones.
  state.protectionRefusal = inUse ? await keepProtected(pass, credentials) : undefined;
  if (objection !== undefined) {
    state.sweepFailure = undefined;
    return stopped(objection, known);
  }
  if (typeof credentials === 'string') return revokingOnly(pass, stopped(credentials, known));
  if (!isRead(credentials)) return connectAsBefore(pass, credentials, known);
  const ca = await readCaBundle(ctx, store, signal);
  if (typeof ca === 'string') return revokingOnly(pass, stopped(ca, known));
  if (!isRead(ca)) return connectAsBefore(pass, ca, known);
  state.unread = undefined;
  state.ca = publishable(ca.pem);
  const current = { ...known, observed: { ...known.observed, ca: state.ca } };
  const { endpoint, region } = known.observed;
  const connection = {
    store: key,
    endpoint,
    region,
    iam: store.spec.iam,
    caBundle: ca.pem,
    credentials: credentials.pair,
  };
  const view = await connect(pass, connection, current);
  state.openedFrom = referencesOf(store);
  if (view.kind !== 'ready' || state.sweepFailure === undefined) return view;
  ctx.queueSweep(key);
  return { ...notReady(state.sweepFailure, current), revoker: view.store };
}

/**
 * Uses the store with what was read before, while the API server refuses to show its credentials or its CA:
 * nothing in Kubernetes may delay revoking (rule 15). Without an open client the store is unusable.
 */
async function connectAsBefore(pass: StorePass, { refusal }: Refused, known: KnownStore): Promise<StoreView> {
  const { ctx, store, state, signal } = pass;
  if (!state.client || state.openedFrom !== referencesOf(store))
    return revokingOnly(pass, stopped(refusal, known));
  if (state.unread !== refusal) warn(ctx, store, refusal);
  state.unread = refusal;
  const current = { ...known, observed: { ...known.observed, ca: state.ca } };
  return check(state.client, current, signal);
}

/**
 * Returns only the certificates, for the Secrets of keys: their source may hold a private key beside them.
 */
function publishable(pem: string | undefined): string | undefined {
  const certificates = pem === undefined ? [] : (certificatesIn(pem) ?? []);
  return certificates.length > 0 ? `${certificates.join('\n')}\n` : undefined;
}

async function queueKeys(
  { keysByStore, queueAccessKey }: Pick<StoreContext, 'keysByStore' | 'queueAccessKey'>,
  storeKey: string,
): Promise<void> {
  for (const accessKey of keysByStore.of(storeKey)) {
    await eventLoop.yield();
    queueAccessKey(keyOf(accessKey));
  }
}
