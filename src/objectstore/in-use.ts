import { hash } from 'node:crypto';
import { hasFinalizer } from '../api/finalizers.ts';
import { FIELD_MANAGER, FINALIZER_IN_USE } from '../api/names.ts';
import { referenceTo } from '../api/object-reference.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import type { CredentialsRef } from '../api/schema/clusterobjectstore.ts';
import { ignoreNotFound } from '../kube/ignore-not-found.ts';
import type { ObjectMeta } from '../kube/objects.ts';
import type { StoreContext } from './context.ts';
import { type StoreObject, storeKeyOf, titleOf } from './store-kinds.ts';
import type { StoreState } from './store-state.ts';

/** The maximum time until the operator sees the finalizer of a new key, in ms. */
const WANTED_MS = 60_000;

/**
 * In-use protection of stores. While a store has keys, the operator keeps a finalizer on the store and on the
 * Secret of its credentials. It can then still revoke keys when somebody deletes a namespace or a store. The
 * store's finalizer goes on first and comes off last: only if it is there may the Secret have one. Several
 * stores may share a Secret, so each store has its own finalizer on it.
 */

/** Returns the AccessKeys that have a user or policy in a store. */
export function keysIn(ctx: StoreContext, key: string): AccessKey[] {
  return [...ctx.accessKeyCache.values()].filter(
    (accessKey) => hasFinalizer(accessKey.metadata) && storeKeyOf(accessKey) === key,
  );
}

/**
 * Returns a store's finalizer for the Secret of its credentials. The name is a hash, because it has room for
 * 63 characters.
 */
function secretFinalizer({ kind, metadata }: Pick<StoreObject, 'kind' | 'metadata'>): string {
  const parts = JSON.stringify([kind, metadata.namespace ?? '', metadata.name]);
  return `${FINALIZER_IN_USE}-${hash('sha256', parts, 'hex').slice(0, 16)}`;
}

/** Adds the missing finalizers. Returns whether both are there: a terminating object accepts no new one. */
export async function hold(
  ctx: StoreContext,
  store: StoreObject,
  secret: ObjectMeta,
  signal: AbortSignal,
): Promise<boolean> {
  const { metadata } = store;
  if (!metadata.finalizers?.includes(FINALIZER_IN_USE)) {
    if (metadata.deletionTimestamp) return false;
    await patchStore(ctx, store, [...(metadata.finalizers ?? []), FINALIZER_IN_USE], signal);
  }
  const finalizer = secretFinalizer(store);
  if (secret.finalizers?.includes(finalizer)) return true;
  if (secret.deletionTimestamp) return false;
  await patchSecret(ctx, secret, [...(secret.finalizers ?? []), finalizer], signal);
  return true;
}

/** Removes the finalizers from the store and from the Secrets that may carry its finalizer. */
export async function release(ctx: StoreContext, store: StoreObject, signal: AbortSignal): Promise<void> {
  if (!store.metadata.finalizers?.includes(FINALIZER_IN_USE)) return;
  const { credentialsSecret } = store.status;
  for (const ref of [store.spec.credentialsRef, ...(credentialsSecret ? [credentialsSecret] : [])]) {
    await releaseSecret(ctx, store, ref, signal);
  }
  const others = store.metadata.finalizers.filter((name) => name !== FINALIZER_IN_USE);
  await patchStore(ctx, store, others, signal);
}

/** Removes a store's finalizer from a Secret. Does nothing if the Secret is gone. */
export async function releaseSecret(
  ctx: StoreContext,
  store: Pick<StoreObject, 'kind' | 'metadata'>,
  { namespace, name }: CredentialsRef,
  signal: AbortSignal,
): Promise<void> {
  const secret = await ignoreNotFound(ctx.secrets.get(name, namespace, { signal }));
  const finalizer = secretFinalizer(store);
  if (!secret?.metadata.finalizers?.includes(finalizer)) return;
  const others = secret.metadata.finalizers.filter((one) => one !== finalizer);
  await ignoreNotFound(patchSecret(ctx, secret.metadata, others, signal));
}

/** Writes an Event on a terminating Secret with the number of keys that it waits for. */
export function announceWait(ctx: StoreContext, store: StoreObject, secret: ObjectMeta, keys: number): void {
  if (!secret.deletionTimestamp) return;
  ctx.events.record(referenceTo('Secret', secret), {
    type: 'Warning',
    reason: 'InUse',
    action: 'Wait',
    note: `the Secret waits with its deletion for ${keysText(keys)} of ${titleOf(store)}, which its credentials are needed to revoke`,
  });
}

/** Returns the count as text: `1 AccessKey`, `3 AccessKeys`. */
export function keysText(count: number): string {
  return `${count} AccessKey${count === 1 ? '' : 's'}`;
}

/**
 * True if keys have a user or policy in the store, or a reconcile is about to make one. `keys` are those of
 * `keysIn`.
 */
export function isInUse(ctx: StoreContext, { wanted }: StoreState, keys: readonly AccessKey[]): boolean {
  for (const [key, since] of wanted) {
    const accessKey = ctx.accessKeyCache.get(key);
    // Either the key now has its finalizer, or it is gone, or the operator never made it.
    const over = !accessKey || hasFinalizer(accessKey.metadata);
    if (over || ctx.now() - since > WANTED_MS) wanted.delete(key);
  }
  return keys.length > 0 || wanted.size > 0;
}

async function patchStore(
  ctx: StoreContext,
  store: StoreObject,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { uid, resourceVersion } = store.metadata;
  await ctx.stores.patch(store, { metadata: { uid, resourceVersion, finalizers } }, { signal });
}

async function patchSecret(
  ctx: StoreContext,
  { name, namespace, uid, resourceVersion }: ObjectMeta,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const patch = { metadata: { uid, resourceVersion, finalizers } };
  await ctx.secrets.patch(name, namespace, patch, { fieldManager: FIELD_MANAGER, signal });
}
