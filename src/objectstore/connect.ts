import { hash } from 'node:crypto';
import type { KnownStore, StoreView } from '../accesskey/context/stores.ts';
import { StoreError } from '../provider/errors.ts';
import type { Pair, Store } from '../provider/provider.ts';
import type { StoreConnection, StoreContext } from './context.ts';
import type { StorePass } from './store-pass.ts';
import { blanksAround } from './usable-pair.ts';

/**
 * The time for which a replaced client stays open, in ms. A reconcile that began with it can finish, but
 * for one of a slow store, which the operator tries again with the new client.
 */
const RETIRED_AFTER_MS = 90_000;

/** Connects to the store. Reuses the open client unless the connection's data has changed. */
export async function connect(
  { ctx, store, state, signal }: StorePass,
  connection: StoreConnection,
  known: KnownStore,
): Promise<StoreView> {
  const digest = connectionDigest(connection);
  try {
    if (!state.client || state.opened !== digest) {
      if (state.client) retire(ctx, state.client);
      // The last comparison may have been with another server.
      state.sweptAt = undefined;
      state.comparedAt = undefined;
      state.sweepFailure = undefined;
      state.client = undefined;
      state.client = ctx.providers[store.spec.provider].open(connection);
      state.opened = digest;
    }
  } catch (error) {
    return notReady(error, known);
  }
  return check(state.client, known, signal, connection.credentials);
}

/**
 * Asks the store whether it answers and takes the credentials.
 * @param credentials the pair just read, for a note on what may be wrong with it
 */
export async function check(
  client: Store,
  known: KnownStore,
  signal: AbortSignal,
  credentials?: Pair,
): Promise<StoreView> {
  try {
    await client.check({ signal });
    return { kind: 'ready', store: { ...known, client } };
  } catch (error) {
    if (signal.aborted) throw error;
    const view = notReady(error, known);
    return credentials && isWrongSecret(error) && view.kind === 'notReady'
      ? { ...view, message: `${view.message}${blanksAround(credentials)}` }
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

function retire(ctx: Pick<StoreContext, 'log'>, client: Store): void {
  setTimeout(() => void close(ctx, client), RETIRED_AFTER_MS).unref();
}

/**
 * Returns a hash of all that opens a client. It is a hash, because it stays in memory as long as the client.
 */
function connectionDigest(connection: StoreConnection): string {
  const { endpoint, region, iam, caBundle = '', credentials } = connection;
  const parts = [endpoint, region, iam, caBundle, credentials.accessKeyId, credentials.secretAccessKey];
  return hash('sha256', JSON.stringify(parts), 'base64');
}
