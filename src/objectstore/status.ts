import type { ObservedStore } from '../accesskey/context/stores.ts';
import { conditionsAfter, readyOf, statusPatch } from '../api/conditions.ts';
import { referenceTo } from '../api/object-reference.ts';
import type { StoreStatus } from '../api/schema/store-status.ts';
import { wholeSeconds } from '../api/time.ts';
import { KubeError } from '../kube/errors.ts';
import { ignoreNotFound } from '../kube/ignore-not-found.ts';
import { refusalKind, refusalText } from '../kube/refusal.ts';
import { keyOf } from '../runtime/key.ts';
import { knownAddressing } from './addressing.ts';
import type { StoreContext } from './context.ts';
import { everyKeyMayNote } from './every-key-may.ts';
import { countKeysIn, hasKeys, keysIn, keysText } from './in-use.ts';
import type { StoreObject } from './store-kinds.ts';
import type { StorePass } from './store-pass.ts';

/** The maximum of keys that the status of a terminating store names. */
const NAMED_KEYS = 10;
/** The maximum length of a condition's message. */
const MAX_MESSAGE = 1_024;

/**
 * Writes a store's status from its state, if it differs, and an Event when Ready changes. For a store that
 * the operator only reads, it logs instead.
 */
export async function writeStoreStatus(before: StorePass): Promise<void> {
  const { ctx, key, signal } = before;
  // Read again, because the finalizer's write has changed it.
  const store = ctx.stores.get(key);
  if (!store) return;
  const pass = { ...before, store };
  if (ctx.readsOnly(store.kind)) {
    sayInLog(pass);
    return;
  }
  const after = storeStatus(pass);
  const status = statusPatch(store.status, after);
  if (!status) return;
  const { uid, resourceVersion } = store.metadata;
  announce(ctx, store, after);
  const patch = { metadata: { uid, resourceVersion }, status };
  try {
    await ignoreNotFound(ctx.stores.patch(store, patch, { subresource: 'status', signal }));
  } catch (error) {
    const kind = refusalKind(error);
    if (error instanceof KubeError && kind !== undefined)
      warn(ctx, store, `the status is out of date, since it can't be written: ${refusalText(error, kind)}`);
    throw error;
  }
}

/** Writes a Warning Event about the API server's refusal. The store's conditions can't say it, because the
 * operator may not write them. */
export function warn(
  { events, readsOnly }: Pick<StoreContext, 'events' | 'readsOnly'>,
  store: StoreObject,
  note: string,
): void {
  if (readsOnly(store.kind)) return;
  events.record(referenceTo(store.kind, store.metadata), {
    type: 'Warning',
    reason: 'KubernetesRefused',
    action: 'Reconcile',
    note,
  });
}

function storeStatus(pass: StorePass): StoreStatus {
  const { ctx, key, store, state } = pass;
  const { view } = state;
  const { metadata, status: before } = store;
  const generation = metadata.generation ?? 0;
  const { reason, message } = readinessOf(pass);
  const ready = reason === 'Connected';
  const conditions = conditionsAfter(
    before?.conditions,
    {
      isReady: ready,
      beside: ready ? undefined : 'Reconciling',
      reason,
      message: message.slice(0, MAX_MESSAGE),
      observedGeneration: generation,
    },
    ctx.now(),
  );
  const addressing = knownAddressing(state);
  return {
    ...withoutCredentialsSecret(before),
    observedGeneration: generation,
    conditions,
    ...(view.kind === 'ready' && { endpoint: view.store.observed.endpoint, clusterName: ctx.cluster.name }),
    ...(view.kind === 'ready' && { capabilities: shownCapabilities(view.store.observed) }),
    ...(state.serverVersion !== undefined && { serverVersion: state.serverVersion }),
    ...(addressing !== undefined && { addressing }),
    ...(state.isProtected &&
      state.protectedSecret && {
        credentialsSecret: { namespace: state.protectedSecret.namespace, name: state.protectedSecret.name },
      }),
    // If the operator couldn't renew the protection, the old finalizer remains, so the status still records
    // its place.
    ...(!state.isProtected &&
      hasKeys(ctx, key) &&
      before?.credentialsSecret && { credentialsSecret: before.credentialsSecret }),
    keys: ctx.keysByStore.count(key),
    ...(state.orphanedUsers !== undefined && { orphanedUsers: state.orphanedUsers }),
    ...(state.retainedUsers !== undefined && { retainedUsers: state.retainedUsers }),
    ...(state.sweptAt !== undefined && { lastSyncAt: wholeSeconds(state.sweptAt) }),
  };
}

/** Returns what the store's status says of its capabilities. */
function shownCapabilities({ capabilities }: ObservedStore): NonNullable<StoreStatus['capabilities']> {
  const { restoresPairs, maxPolicyBytes, maxUsers, settlesWithinMs, notSupported } = capabilities;
  const { policies, listsBuckets, separatesSettings, creatingResets, makesSessions, tellsLastUse } =
    capabilities;
  return {
    pairs: restoresPairs ? 'Operator' : 'Store',
    maxPolicyBytes,
    ...(maxUsers !== undefined && { maxUsers }),
    ...(settlesWithinMs > 0 && { settlesWithinSeconds: Math.ceil(settlesWithinMs / 1000) }),
    policies,
    listsBuckets,
    separatesSettings,
    creatingResets,
    makesSessions,
    tellsLastUse,
    notSupported: [...notSupported],
  };
}

function readinessOf({ ctx, key, store, state }: StorePass): {
  readonly reason: string;
  readonly message: string;
} {
  const { metadata, spec } = store;
  const { view, unread, protectionRefusal } = state;
  if (metadata.deletionTimestamp) {
    const count = countKeysIn(ctx, key);
    const named = [...keysIn(ctx, key).take(NAMED_KEYS)].map(keyOf);
    const more = count > NAMED_KEYS ? ` and ${count - NAMED_KEYS} more` : '';
    const trouble = view.kind === 'notReady' ? `; it can't be used now: ${view.message}` : '';
    return {
      reason: 'Deleting',
      message: `the deletion of the store waits for ${keysText(count)} (${named.join(', ')}${more}); delete them; if the store is gone for good, add allowRetain: true to their grants and set spec.deletionPolicy: Retain on them${trouble}`,
    };
  }
  if (view.kind === 'notReady') return view;
  if (protectionRefusal !== undefined) return { reason: 'StoreNotReady', message: protectionRefusal };
  const notes = [
    'the store answers and accepts the credentials',
    spec.endpoint.startsWith('http:') && 'it is http, so anybody on the network in between can read along',
    view.kind === 'ready' && everyKeyMayNote(spec.everyKeyMay, view.store.observed.capabilities),
    unread !== undefined &&
      `the operator uses what it has read of the credentials and the CA before: ${unread}`,
  ];
  return { reason: 'Connected', message: notes.filter((note) => typeof note === 'string').join('; ') };
}

function sayInLog(pass: StorePass): void {
  const { ctx, store, state } = pass;
  const { reason, message } = readinessOf(pass);
  if (state.said === message) return;
  state.said = message;
  const { name } = store.metadata;
  ctx.log[reason === 'Connected' ? 'info' : 'warn']({ name, reason }, message);
}

function withoutCredentialsSecret(status: StoreStatus | undefined): Partial<StoreStatus> {
  const { credentialsSecret: _, ...rest } = status ?? { observedGeneration: -1 };
  return rest;
}

function announce(ctx: Pick<StoreContext, 'events' | 'log'>, store: StoreObject, after: StoreStatus): void {
  const was = readyOf(store);
  const is = readyOf({ status: after });
  if (!is || (was?.reason === is.reason && was.status === is.status)) return;
  const { namespace, name } = store.metadata;
  const type = is.status === 'True' ? 'Normal' : 'Warning';
  ctx.events.record(referenceTo(store.kind, store.metadata), {
    type,
    reason: is.reason,
    action: 'Reconcile',
    note: is.message,
  });
  ctx.log[is.status === 'True' ? 'info' : 'warn']({ namespace, name, reason: is.reason }, is.message);
}
