import { hash } from 'node:crypto';
import { FIELD_MANAGER, FINALIZER, FINALIZER_IN_USE } from '../api/names.ts';
import { referenceTo } from '../api/object-reference.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import type { CredentialsRef } from '../api/schema/clusterobjectstore.ts';
import type { ObjectMeta } from '../kube/objects.ts';
import { orAbsent } from '../kube/or-absent.ts';
import type { StoreContext } from './context.ts';
import { type AnyStore, storeKeyOf, titleOf } from './store-kinds.ts';
import type { Entry } from './store-state.ts';

/** How long a key that is about to be made may take until its finalizer is seen. */
const WANTED_MS = 60_000;

/**
 * While a store has keys, it and the Secret of its credentials carry a finalizer of ours, so that keys can still be
 * revoked when a namespace or a store goes (DESIGN 2.1). The store's goes on first and off last: where it is, the
 * Secret may have one too. Each store has a finalizer of its own on the Secret, which several may share.
 */

/** The AccessKeys that have something in a store. */
export function keysIn(ctx: StoreContext, key: string): AccessKey[] {
  return [...ctx.accessKeyCache.values()].filter(
    (accessKey) => accessKey.metadata.finalizers?.includes(FINALIZER) && storeKeyOf(accessKey) === key,
  );
}

/** The finalizer of a store on the Secret of its credentials: hashed, since it has room for 63 characters. */
function secretFinalizer({ kind, metadata }: Pick<AnyStore, 'kind' | 'metadata'>): string {
  const parts = JSON.stringify([kind, metadata.namespace ?? '', metadata.name]);
  return `${FINALIZER_IN_USE}-${hash('sha256', parts, 'hex').slice(0, 16)}`;
}

/** Puts the finalizers on, as far as they aren't. Says whether both are there: one on its way out takes no new one. */
export async function hold(
  ctx: StoreContext,
  store: AnyStore,
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

/** Takes the finalizers off the store and the Secrets that may carry its own. */
export async function release(ctx: StoreContext, store: AnyStore, signal: AbortSignal): Promise<void> {
  if (!store.metadata.finalizers?.includes(FINALIZER_IN_USE)) return;
  const { credentialsSecret } = store.status;
  for (const ref of [store.spec.credentialsRef, ...(credentialsSecret ? [credentialsSecret] : [])]) {
    await releaseSecret(ctx, store, ref, signal);
  }
  const others = store.metadata.finalizers.filter((name) => name !== FINALIZER_IN_USE);
  await patchStore(ctx, store, others, signal);
}

/** Takes a store's finalizer off a Secret; one that is gone has none. */
export async function releaseSecret(
  ctx: StoreContext,
  store: Pick<AnyStore, 'kind' | 'metadata'>,
  { namespace, name }: CredentialsRef,
  signal: AbortSignal,
): Promise<void> {
  const secret = await orAbsent(ctx.secrets.get(name, namespace, { signal }));
  const finalizer = secretFinalizer(store);
  if (!secret?.metadata.finalizers?.includes(finalizer)) return;
  const others = secret.metadata.finalizers.filter((one) => one !== finalizer);
  await orAbsent(patchSecret(ctx, secret.metadata, others, signal));
}

/** Says on a Secret that is to go for how many keys it waits. */
export function announceWait(ctx: StoreContext, store: AnyStore, secret: ObjectMeta, keys: number): void {
  if (!secret.deletionTimestamp) return;
  ctx.events.record(referenceTo('Secret', secret), {
    type: 'Warning',
    reason: 'InUse',
    action: 'Wait',
    note: `the Secret waits with its deletion for ${keysText(keys)} of ${titleOf(store)}, which its credentials are needed to revoke`,
  });
}

/** `1 AccessKey`, `3 AccessKeys`. */
export function keysText(count: number): string {
  return `${count} AccessKey${count === 1 ? '' : 's'}`;
}

/** Whether a store is needed: keys have something in it, or are about to. `keys` are those of `keysIn`. */
export function isInUse(ctx: StoreContext, { wanted }: Entry, keys: readonly AccessKey[]): boolean {
  for (const [key, since] of wanted) {
    const accessKey = ctx.accessKeyCache.get(key);
    // Its own finalizer speaks for it from now on, or it is gone, or what was about to be made never was.
    const over = !accessKey || accessKey.metadata.finalizers?.includes(FINALIZER);
    if (over || ctx.now() - since > WANTED_MS) wanted.delete(key);
  }
  return keys.length > 0 || wanted.size > 0;
}

async function patchStore(
  ctx: StoreContext,
  store: AnyStore,
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
