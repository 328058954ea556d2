import { hash } from 'node:crypto';
import { type KnownStore, readyStore, type StoreView } from '../accesskey/context/stores.ts';
import { isSameEndpoint } from '../api/endpoint.ts';
import { StoreError } from '../provider/errors.ts';
import type { Pair, Store } from '../provider/provider.ts';
import type { StoreConnection, StoreContext } from './context.ts';
import type { StorePass } from './store-pass.ts';
import type { StoreState } from './store-state.ts';
import { blanksAround } from './usable-pair.ts';

/**
 * The time for which a replaced client stays open, in ms. A reconcile that began with it can finish, but
 * for one of a slow store, which the operator tries again with the new client.
 */
const RETIRED_AFTER_MS = 90_000;

/** Connects to the store. Reuses the open client unless the connection's data has changed. */
export async function connect(
  pass: StorePass,
  connection: StoreConnection,
  known: KnownStore,
): Promise<StoreView> {
  const { ctx, store, state, signal } = pass;
  const digest = connectionDigest(connection);
  try {
    if (!state.client || state.opened !== digest) {
      if (state.client && state.client !== state.accepted?.client) retire(ctx, state.client);
      state.sweptAt = undefined;
      state.sweepFailure = undefined;
      state.client = undefined;
      if (state.accepted && !isSameEndpoint(state.accepted.endpoint, connection.endpoint)) {
        retire(ctx, state.accepted.client);
        state.accepted = undefined;
      }
      // The last comparison may have been with another server.
      if (!state.accepted) state.comparedAt = undefined;
      state.client = ctx.providers[store.spec.provider].open(connection);
      state.opened = digest;
    }
  } catch (error) {
    return notReady(error, known);
  }
  const { client } = state;
  const view = await check(client, known, signal, connection.credentials);
  if (view.kind !== 'ready') return client === state.accepted?.client ? view : revokingOnly(pass, view);
  if (state.accepted && state.accepted.client !== client) {
    retire(ctx, state.accepted.client);
    // Other credentials may show other users.
    state.comparedAt = undefined;
  }
  state.accepted = { client, endpoint: connection.endpoint };
  return view;
}

/**
 * Lets the keys of an unusable store be revoked with the last credentials that worked, while this process has
 * them. Somebody who withdrew them wants no more keys in force than before.
 */
export function revokingOnly({ state: { accepted } }: StorePass, view: StoreView): StoreView {
  if (!accepted || view.kind !== 'notReady' || view.reason !== 'StoreNotReady' || !view.known) return view;
  if (!isSameEndpoint(accepted.endpoint, view.known.observed.endpoint)) return view;
  return {
    ...view,
    message: `${view.message}; until then the operator only revokes keys, with the credentials that worked before`,
    revoker: readyStore(view.known, accepted.client),
  };
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
    return { kind: 'ready', store: readyStore(known, client) };
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
export function notReady(error: unknown, known: KnownStore): Extract<StoreView, { kind: 'notReady' }> {
  if (!(error instanceof StoreError)) throw error;
  const away = error.kind === 'unreachable' || error.kind === 'busy';
  const reason = away ? 'StoreUnreachable' : 'StoreNotReady';
  return { kind: 'notReady', reason, message: error.message, known };
}

/** Closes a client after its running requests have ended. Never throws. */
async function close(ctx: Pick<StoreContext, 'log'>, client: Store | undefined): Promise<void> {
  try {
    await client?.close();
  } catch (error) {
    ctx.log.debug({ err: error }, 'closing the client of a store failed');
  }
}

/** Closes all clients of a store. Never throws. */
export async function closeAll(
  ctx: Pick<StoreContext, 'log'>,
  { client, accepted }: Pick<StoreState, 'client' | 'accepted'>,
): Promise<void> {
  await Promise.all([...new Set([client, accepted?.client])].map((one) => close(ctx, one)));
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
