import type { KnownStore, StoreView } from '../accesskey/context/stores.ts';
import { StoreError } from '../provider/errors.ts';
import type { Store } from '../provider/provider.ts';
import type { StoreConnection, StoreContext } from './context.ts';
import type { AnyStore } from './store-kinds.ts';
import { connectionDigest, type Entry } from './store-state.ts';
import { blanksAround } from './usable-pair.ts';

/** Reconciles that began with a client that was replaced end with it: no reconcile of a key takes longer. */
const RETIRED_AFTER_MS = 90_000;

/** Turns to the store, over the connections that there are unless what they were opened with has changed. */
export async function connect(
  ctx: StoreContext,
  entry: Entry,
  store: AnyStore,
  connection: StoreConnection,
  known: KnownStore,
  signal: AbortSignal,
): Promise<StoreView> {
  const digest = connectionDigest(connection);
  try {
    if (!entry.client || entry.opened !== digest) {
      if (entry.client) retire(ctx, entry.client);
      // Whatever was compared before may have been in another place.
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

/** What an error of the store means for its keys. @throws the error where it isn't the store's */
export function notReady(error: unknown, known: KnownStore): StoreView {
  if (!(error instanceof StoreError)) throw error;
  const away = error.kind === 'unreachable' || error.kind === 'busy';
  const reason = away ? 'StoreUnreachable' : 'StoreNotReady';
  return { kind: 'notReady', reason, message: error.message, known };
}

/** Closes a client once its requests under way have ended. Never throws. */
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
