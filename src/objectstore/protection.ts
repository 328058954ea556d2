/**
 * In-use protection of stores. While a store has keys, the operator keeps a finalizer on the store and on the
 * Secret of its credentials. It can then still revoke keys when somebody deletes a namespace or a store. The
 * store's finalizer goes on first and comes off last: only if it is there may the Secret have one. Several
 * stores may share a Secret, so each store has its own finalizer on it.
 */
import { hash } from 'node:crypto';
import { hasFinalizer, withFinalizer, withoutFinalizer } from '../api/finalizers.ts';
import { FIELD_MANAGER, FINALIZER_IN_USE } from '../api/names.ts';
import { referenceTo } from '../api/object-reference.ts';
import type { CredentialsRef } from '../api/schema/clusterobjectstore.ts';
import { KubeError } from '../kube/errors.ts';
import { ignoreNotFound } from '../kube/ignore-not-found.ts';
import type { ObjectMeta } from '../kube/objects.ts';
import { refusalKind, refusalText } from '../kube/refusal.ts';
import { keyOf } from '../runtime/key.ts';
import type { StoreContext } from './context.ts';
import { countKeysIn, keysText } from './in-use.ts';
import { type Credentials, isRead, type Refused } from './references.ts';
import { type StoreObject, titleOf } from './store-kinds.ts';
import type { StorePass } from './store-pass.ts';

/** Protects a store in use and its credentials. Returns why Kubernetes refuses that, if it does. */
export async function keepProtected(
  pass: StorePass,
  credentials: Credentials | Refused | string,
): Promise<string | undefined> {
  const { ctx, store, state } = pass;
  if (ctx.readsOnly(store.kind)) {
    // Nothing protects this store, and its keys are reconciled as usual.
    state.isProtected = true;
    return undefined;
  }
  if (!isRead(credentials)) return undefined;
  try {
    state.isProtected = await protect(pass, credentials.metadata);
    if (state.isProtected) {
      await unprotectFormer(pass);
      state.protectedSecret = store.spec.credentialsRef;
    }
  } catch (error) {
    const kind = refusalKind(error);
    if (!(error instanceof KubeError) || kind === undefined) throw error;
    state.isProtected = false;
    return `no new key is issued, since nothing protects the store from deletion: ${refusalText(error, kind)}`;
  }
  announceWait(ctx, store, credentials.metadata);
  return undefined;
}

/**
 * Adds the missing finalizers to a store and the Secret of its credentials. Returns whether both are there: a
 * terminating object accepts no new one.
 */
async function protect(pass: StorePass, secret: ObjectMeta): Promise<boolean> {
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

/** Removes the finalizer from the Secret that held the credentials before the spec named another one. */
async function unprotectFormer(pass: StorePass): Promise<void> {
  const { credentialsSecret: former } = pass.store.status;
  const { namespace, name } = pass.store.spec.credentialsRef;
  if (!former || (former.namespace === namespace && former.name === name)) return;
  await unprotectSecret(pass, former);
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
async function unprotectSecret(pass: StorePass, { namespace, name }: CredentialsRef): Promise<void> {
  const { ctx, store, signal } = pass;
  const secret = await ignoreNotFound(ctx.secrets.get(name, namespace, { signal }));
  const finalizer = secretFinalizer(store);
  if (!secret || !hasFinalizer(secret.metadata, finalizer)) return;
  const others = withoutFinalizer(secret.metadata, finalizer);
  await ignoreNotFound(patchSecret(pass, secret.metadata, others));
}

/** Writes an Event on a terminating Secret with the number of keys that it waits for. */
function announceWait(
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

/**
 * Returns a store's finalizer for the Secret of its credentials. The name is a hash, because it has room for
 * 63 characters.
 */
function secretFinalizer({ kind, metadata }: Pick<StoreObject, 'kind' | 'metadata'>): string {
  const parts = JSON.stringify([kind, metadata.namespace ?? '', metadata.name]);
  return `${FINALIZER_IN_USE}-${hash('sha256', parts, 'hex').slice(0, 16)}`;
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
