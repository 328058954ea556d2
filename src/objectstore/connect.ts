import type { KnownStore, StoreView } from '../accesskey/context/stores.ts';
import { StoreError } from '../provider/errors.ts';
import type { Store } from '../provider/provider.ts';
import type { StoreConnection, StoreContext } from './context.ts';
import type { StoreObject } from './store-kinds.ts';
import { connectionDigest, type StoreState } from './store-state.ts';
import { blanksAround } from './usable-pair.ts';

/**
 * The time for which a replaced client stays open, in ms. A reconcile that began with it can finish: none
 * takes longer.
 */
const RETIRED_AFTER_MS = 90_000;

/** Connects to the store. Reuses the open client unless the connection's data has changed. */
export async function connect(
  ctx: StoreContext,
  entry: StoreState,
  store: StoreObject,
  connection: StoreConnection,
  known: KnownStore,
  signal: AbortSignal,
): Promise<StoreView> {
  const digest = connectionDigest(connection);
  try {
    if (!entry.client || entry.opened !== digest) {
      if (entry.client) retire(ctx, entry.client);
      // The last comparison may have been with another server.
      entry.sweptAt = undefined;
      entry.comparedAt = undefined;
      entry.sweepFailure = undefined;
      entry.client = undefined;
      entry.client = ctx.providers[store.spec.provider].open(connection);
      entry.opened = digest;
    }
    await entry.client.check({ signal });
    return { kind: 'ready', store: { ...known, client: entry.client } };
  } catch (error) {
    if (signal.aborted) throw error;
    const view = notReady(error, known);
    return isWrongSecret(error) && view.kind === 'notReady'
      ? { ...view, message: `${view.message}${blanksAround(connection.credentials)}` }
      : view;
  }
}

function isWrongSecret(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'SignatureDoesNotMatch';
}

/**
 * Returns what an error of the store means for the store's keys.
 * @throws the error, if it isn't the store's
 */
export function notReady(error: unknown, known: KnownStore): StoreView {
  if (!(error instanceof StoreError)) throw error;
  const away = error.kind === 'unreachable' || error.kind === 'busy';
  const reason = away ? 'StoreUnreachable' : 'StoreNotReady';
  return { kind: 'notReady', reason, message: error.message, known };
}

/** Closes a client after its running requests have ended. Never throws. */
export async function close(ctx: Pick<StoreContext, 'log'>, client: Store | undefined): Promise<void> {
  try {
    await client?.close();
  } catch (error) {
    ctx.log.debug({ err: error }, 'closing the client of a store failed');
  }
}

function retire(ctx: StoreContext, client: Store): void {
  setTimeout(() => void close(ctx, client), RETIRED_AFTER_MS).unref();
}
