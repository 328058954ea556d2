import type { KnownStore, StoreView } from '../accesskey/stores.ts';
import type { ClusterObjectStore } from '../api/clusterobjectstore.ts';
import { parseDurationMs } from '../api/duration.ts';
import type { Action } from '../runtime/controller.ts';
import { StoreError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { StoreContext } from './context.ts';
import { readCredentials } from './credentials.ts';
import { connectionDigest, type Entry } from './entry.ts';
import { treatOrphans } from './orphans.ts';
import type { Registry } from './registry.ts';
import { writeStoreStatus } from './status.ts';
import { sweepUsers } from './sweep.ts';

/** How often a store that can't be used is looked at: its keys go on within seconds of its return. */
const RETRY_MS = 3_000;
const DEFAULT_RESYNC_MS = 600_000;

/**
 * Finds out whether a store can be used, tells its keys when that changes, and compares its users with them at
 * start and once every resync interval.
 */
export async function reconcileStore(
  ctx: StoreContext,
  registry: Registry,
  name: string,
  signal: AbortSignal,
): Promise<Action> {
  const store = ctx.storeCache.get(name);
  if (!store) {
    const gone = registry.get(name);
    registry.remove(name);
    gone?.watched?.end();
    await gone?.client?.close();
    queueKeys(ctx, name);
    return {};
  }
  const entry = registry.entry(name);
  watchCredentials(ctx, entry, store);
  const before = entry.view;
  const known = knownStore(ctx, store);
  entry.view = await look(ctx, entry, store, known, signal);
  if (needsKeys(before, entry.view)) queueKeys(ctx, name);
  if (entry.view.kind !== 'ready') {
    await writeStoreStatus(ctx, store, entry, signal);
    return { requeueAfterMs: RETRY_MS * (0.8 + 0.4 * ctx.random()) };
  }
  const resyncMs = parseDurationMs(store.spec.resyncInterval) ?? DEFAULT_RESYNC_MS;
  const sinceSweep = entry.sweptAt === undefined ? Number.POSITIVE_INFINITY : ctx.now() - entry.sweptAt;
  if (sinceSweep >= resyncMs * 0.9) {
    try {
      await sweep(ctx, entry, store, entry.view.store.client, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      entry.view = notReady(error, known);
      await writeStoreStatus(ctx, store, entry, signal);
      return { requeueAfterMs: RETRY_MS };
    }
  }
  await writeStoreStatus(ctx, store, entry, signal);
  return { requeueAfterMs: resyncMs * (0.9 + 0.2 * ctx.random()) };
}

async function look(
  ctx: StoreContext,
  entry: Entry,
  store: ClusterObjectStore,
  known: KnownStore,
  signal: AbortSignal,
): Promise<StoreView> {
  const { endpoint, allowInsecure, region, caBundle, credentialsRef, provider } = store.spec;
  if (endpoint.startsWith('http:') && !allowInsecure) {
    const message =
      'spec.endpoint is http; write https, or spec.allowInsecure: true to accept that anybody can read along';
    return { kind: 'notReady', reason: 'StoreNotReady', message, known };
  }
  const credentials = await readCredentials(ctx.secrets, credentialsRef, signal);
  if (typeof credentials === 'string')
    return { kind: 'notReady', reason: 'StoreNotReady', message: credentials, known };
  const connection = { store: store.metadata.name, endpoint, region, caBundle, credentials };
  const digest = connectionDigest(connection);
  try {
    if (!entry.client || entry.opened !== digest) {
      const replaced = entry.client;
      entry.client = ctx.providers[provider].open(connection);
      entry.opened = digest;
      // Requests under way end on the old connections.
      replaced
        ?.close()
        .catch((error: unknown) => ctx.log.debug({ err: error }, 'closing a replaced store client failed'));
    }
    await entry.client.check({ signal });
    return { kind: 'ready', store: { ...known, client: entry.client } };
  } catch (error) {
    if (signal.aborted) throw error;
    return notReady(error, known);
  }
}

function notReady(error: unknown, known: KnownStore): StoreView {
  if (!(error instanceof StoreError)) throw error;
  const away = error.kind === 'unreachable' || error.kind === 'busy';
  return {
    kind: 'notReady',
    reason: away ? 'StoreUnreachable' : 'StoreNotReady',
    message: error.message,
    known,
  };
}

async function sweep(
  ctx: StoreContext,
  entry: Entry,
  store: ClusterObjectStore,
  client: Store,
  signal: AbortSignal,
): Promise<void> {
  const { name } = store.metadata;
  const { keys, flagged, strangers } = await sweepUsers(ctx, name, client, signal);
  entry.orphanedUsers = await treatOrphans(ctx, store, entry, client, strangers, signal);
  entry.sweptAt = ctx.now();
  for (const resolve of [...entry.waiting]) resolve();
  ctx.log.info({ name, keys, flagged, orphanedUsers: entry.orphanedUsers }, 'swept the store');
}

function knownStore(ctx: StoreContext, store: ClusterObjectStore): KnownStore {
  const { endpoint, publicEndpoint, region, provider, grants } = store.spec;
  const { actions } = ctx.providers[provider];
  const title = `ClusterObjectStore ${store.metadata.name}`;
  return {
    observed: { title, endpoint, publicEndpoint: publicEndpoint ?? endpoint, region, actions },
    grants,
  };
}

function watchCredentials(ctx: StoreContext, entry: Entry, store: ClusterObjectStore): void {
  const { namespace, name } = store.spec.credentialsRef;
  const key = `${namespace}/${name}`;
  if (entry.watched?.key === key) return;
  entry.watched?.end();
  entry.watched = { key, end: ctx.watchSecret(namespace, name, () => ctx.queueStore(store.metadata.name)) };
}

/** Whether the keys of a store have something to do after the change from one view to the other. */
function needsKeys(before: StoreView, after: StoreView): boolean {
  if (before.kind !== after.kind) return true;
  if (after.kind === 'notReady' && before.kind === 'notReady') return after.reason !== before.reason;
  if (after.kind !== 'ready' || before.kind !== 'ready') return false;
  const spec = ({ observed, grants }: KnownStore) =>
    JSON.stringify([observed.endpoint, observed.publicEndpoint, observed.region, grants]);
  return spec(after.store) !== spec(before.store);
}

function queueKeys(ctx: StoreContext, storeName: string): void {
  for (const { metadata, spec } of ctx.accessKeyCache.values()) {
    if (spec.storeRef.name === storeName) ctx.queueAccessKey(`${metadata.namespace}/${metadata.name}`);
  }
}
