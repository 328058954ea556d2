import { hash } from 'node:crypto';
import { hasFinalizer, withFinalizer, withoutFinalizer } from '../api/finalizers.ts';
import { FIELD_MANAGER, FINALIZER_IN_USE } from '../api/names.ts';
import { referenceTo } from '../api/object-reference.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import type { CredentialsRef } from '../api/schema/clusterobjectstore.ts';
import { ignoreNotFound } from '../kube/ignore-not-found.ts';
import type { ObjectMeta } from '../kube/objects.ts';
import { keyOf } from '../runtime/key.ts';
import type { StoreContext } from './context.ts';
import { type StoreObject, storeKeyOf, titleOf } from './store-kinds.ts';
import type { StorePass } from './store-pass.ts';
import type { StoreState } from './store-state.ts';

/** The maximum time until the operator sees the finalizer of a new key, in ms. */
const UPCOMING_MS = 60_000;

/**
 * In-use protection of stores. While a store has keys, the operator keeps a finalizer on the store and on the
 * Secret of its credentials. It can then still revoke keys when somebody deletes a namespace or a store. The
 * store's finalizer goes on first and comes off last: only if it is there may the Secret have one. Several
 * stores may share a Secret, so each store has its own finalizer on it.
 */

/** Returns the AccessKeys that have a user or policy in a store, one by one. */
export function* keysIn(
  ctx: Pick<StoreContext, 'keysByStore' | 'hints'>,
  storeKey: string,
): Generator<AccessKey, void, undefined> {
  for (const accessKey of ctx.keysByStore.of(storeKey)) if (hasBegun(ctx, accessKey)) yield accessKey;
}

/** Returns the number of AccessKeys that have a user or policy in a store. */
export function countKeysIn(
  ctx: Pick<StoreContext, 'accessKeyCache' | 'keysByStore' | 'hints'>,
  storeKey: string,
): number {
  let count = ctx.keysByStore.countFinalizers(storeKey);
  // Few have not begun, and a store may have very many.
  for (const key of ctx.hints.keysAwaitingFirstSync()) {
    const accessKey = ctx.accessKeyCache.get(key);
    if (!accessKey || storeKeyOf(accessKey) !== storeKey) continue;
    if (hasFinalizer(accessKey.metadata) && !hasBegun(ctx, accessKey)) count -= 1;
  }
  return count;
}

/** True if the operator has begun to make the key. A finalizer may be there since the key's creation. */
function hasBegun({ hints }: Pick<StoreContext, 'hints'>, accessKey: AccessKey): boolean {
  const { metadata, status } = accessKey;
  if (!hasFinalizer(metadata)) return false;
  // Asked first: most keys have an id.
  return status.accessKeyId !== undefined || !hints.awaitsFirstSync(keyOf(accessKey), metadata.uid);
}

/**
 * Returns a store's finalizer for the Secret of its credentials. The name is a hash, because it has room for
 * 63 characters.
 */
function secretFinalizer({ kind, metadata }: Pick<StoreObject, 'kind' | 'metadata'>): string {
  const parts = JSON.stringify([kind, metadata.namespace ?? '', metadata.name]);
  return `${FINALIZER_IN_USE}-${hash('sha256', parts, 'hex').slice(0, 16)}`;
}

/**
 * Adds the missing finalizers to a store and the Secret of its credentials. Returns whether both are there: a
 * terminating object accepts no new one.
 */
export async function protect(pass: StorePass, secret: ObjectMeta): Promise<boolean> {
  const { metadata } = pass.store;
  if (!hasFinalizer(metadata, FINALIZER_IN_USE)) {
    if (metadata.deletionTimestamp) return false;
    await patchStore(pass, withFinalizer(metadata, FINALIZER_IN_USE));
  }
  const finalizer = secretFinalizer(pass.store);
  if (hasFinalizer(secret, finalizer)) return true;
  if (secret.deletionTimestamp) return false;
  await patchSecret(pass, secret, withFinalizer(secret, finalizer));
  return true;
}

/** Removes the finalizers from the store and from the Secrets that may carry its finalizer. */
export async function unprotect(pass: StorePass): Promise<void> {
  const { store } = pass;
  if (!hasFinalizer(store.metadata, FINALIZER_IN_USE)) return;
  const { credentialsSecret } = store.status;
  for (const ref of [store.spec.credentialsRef, ...(credentialsSecret ? [credentialsSecret] : [])]) {
    await unprotectSecret(pass, ref);
  }
  await patchStore(pass, withoutFinalizer(store.metadata, FINALIZER_IN_USE));
}

/** Removes a store's finalizer from a Secret. Does nothing if the Secret is gone. */
export async function unprotectSecret(pass: StorePass, { namespace, name }: CredentialsRef): Promise<void> {
  const { ctx, store, signal } = pass;
  const secret = await ignoreNotFound(ctx.secrets.get(name, namespace, { signal }));
  const finalizer = secretFinalizer(store);
  if (!secret || !hasFinalizer(secret.metadata, finalizer)) return;
  const others = withoutFinalizer(secret.metadata, finalizer);
  await ignoreNotFound(patchSecret(pass, secret.metadata, others));
}

/** Writes an Event on a terminating Secret with the number of keys that it waits for. */
export function announceWait(
  ctx: Pick<StoreContext, 'events' | 'accessKeyCache' | 'keysByStore' | 'hints'>,
  store: StoreObject,
  secret: ObjectMeta,
): void {
  if (!secret.deletionTimestamp) return;
  const keys = countKeysIn(ctx, keyOf(store));
  ctx.events.record(referenceTo('Secret', secret), {
    type: 'Warning',
    reason: 'InUse',
    action: 'Wait',
    note: `the deletion of the Secret waits for ${keysText(keys)} of ${titleOf(store)}, because the operator needs its credentials to revoke them`,
  });
}

/** Returns the count as text: `1 AccessKey`, `3 AccessKeys`. */
export function keysText(count: number): string {
  return `${count} AccessKey${count === 1 ? '' : 's'}`;
}

/** Forgets the announced keys that now have their finalizer, or are gone, or that the operator never made. */
export function forgetArrived(
  ctx: Pick<StoreContext, 'accessKeyCache' | 'hints' | 'now'>,
  { upcoming }: StoreState,
): void {
  for (const [key, since] of upcoming) {
    const accessKey = ctx.accessKeyCache.get(key);
    const arrived = !accessKey || hasBegun(ctx, accessKey);
    if (arrived || ctx.now() - since > UPCOMING_MS) upcoming.delete(key);
  }
}

/** True if AccessKeys have a user or policy in a store. */
export function hasKeys(ctx: Pick<StoreContext, 'keysByStore' | 'hints'>, storeKey: string): boolean {
  return keysIn(ctx, storeKey).next().done !== true;
}

async function patchStore({ ctx, store, signal }: StorePass, finalizers: readonly string[]): Promise<void> {
  const { uid, resourceVersion } = store.metadata;
  await ctx.stores.patch(store, { metadata: { uid, resourceVersion, finalizers } }, { signal });
}

async function patchSecret(
  { ctx, signal }: StorePass,
  { name, namespace, uid, resourceVersion }: ObjectMeta,
  finalizers: readonly string[],
): Promise<void> {
  const patch = { metadata: { uid, resourceVersion, finalizers } };
  await ctx.secrets.patch(name, namespace, patch, { fieldManager: FIELD_MANAGER, signal });
}
