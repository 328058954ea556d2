import type { CaBundleRef } from '../api/schema/clusterobjectstore.ts';
import { isForbidden } from '../kube/errors.ts';
import { ignoreNotFound } from '../kube/ignore-not-found.ts';
import type { ObjectMeta } from '../kube/objects.ts';
import type { Pair } from '../provider/provider.ts';
import type { StoreContext } from './context.ts';
import { credentialsIn, keysNeeded } from './credentials.ts';
import type { StoreObject } from './store-kinds.ts';
import type { StorePass } from './store-pass.ts';
import type { StoreState } from './store-state.ts';
import { usablePair } from './usable-pair.ts';

/** The Secret with a store's credentials, and the pair in it. */
export interface Credentials {
  readonly metadata: ObjectMeta;
  readonly pair: Pair;
}

/** Reads the store's own credentials live. Returns a sentence for the store's status if they are missing. */
export async function readCredentials(
  ctx: Pick<StoreContext, 'secrets' | 'readsOnly'>,
  { kind, spec }: Pick<StoreObject, 'kind' | 'spec'>,
  signal: AbortSignal,
): Promise<Credentials | string> {
  const { namespace, name } = spec.credentialsRef;
  const secret = await readable(ctx.secrets.get(name, namespace, { signal }), ctx.readsOnly(kind));
  if (secret === FORBIDDEN) return notAllowed('Secret', namespace, name);
  if (!secret)
    return `there is no Secret ${namespace}/${name} with the store's credentials; create it with the keys ${keysNeeded(spec.credentialsRef)}, or set spec.credentialsRef to the one that has them`;
  const pair = credentialsIn(secret, spec.credentialsRef);
  if (typeof pair === 'string') return pair;
  const usable = usablePair(pair);
  return typeof usable === 'string'
    ? `Secret ${namespace}/${name}: ${usable}`
    : { metadata: secret.metadata, pair: usable };
}

/**
 * Reads the CA certificates for the endpoint, as PEM. Returns a sentence for the store's status if they are
 * missing.
 */
export async function readCaBundle(
  ctx: Pick<StoreContext, 'secrets' | 'configMaps' | 'readsOnly'>,
  { kind: storeKind, spec }: Pick<StoreObject, 'kind' | 'spec'>,
  signal: AbortSignal,
): Promise<{ readonly pem: string | undefined } | string> {
  const { caBundle, caBundleRef } = spec;
  if (!caBundleRef) return { pem: caBundle };
  if (caBundle !== undefined)
    return 'spec.caBundle and spec.caBundleRef both say which CA to trust; set only one of them';
  const { kind, namespace, name, key } = caBundleRef;
  const text = await readCaKey(ctx, caBundleRef, ctx.readsOnly(storeKind), signal);
  if (text === FORBIDDEN) return notAllowed(kind, namespace, name);
  if (text === undefined)
    return `there is no ${kind} ${namespace}/${name} with the store's CA certificates; create it, or correct spec.caBundleRef`;
  if (text === '')
    return `${kind} ${namespace}/${name} has nothing under ${key}; put the CA certificates there, or correct spec.caBundleRef.key`;
  return { pem: text };
}

async function readCaKey(
  { secrets, configMaps }: Pick<StoreContext, 'secrets' | 'configMaps'>,
  { kind, namespace, name, key }: CaBundleRef,
  mayBeForbidden: boolean,
  signal: AbortSignal,
): Promise<string | typeof FORBIDDEN | undefined> {
  if (kind === 'ConfigMap') {
    const found = await readable(configMaps.get(name, namespace, { signal }), mayBeForbidden);
    return found === FORBIDDEN ? found : found && (found.data?.[key] ?? '');
  }
  const found = await readable(secrets.get(name, namespace, { signal }), mayBeForbidden);
  if (found === FORBIDDEN) return found;
  return found && Buffer.from(found.data?.[key] ?? '', 'base64').toString('utf8');
}

const FORBIDDEN = Symbol('the operator may not read it');

/**
 * Reads an object that a store refers to.
 * @param mayBeForbidden true if the operator has a separate right to each object and may lack this one
 */
async function readable<T>(
  read: Promise<T>,
  mayBeForbidden: boolean,
): Promise<T | typeof FORBIDDEN | undefined> {
  try {
    return await ignoreNotFound(read);
  } catch (error) {
    if (mayBeForbidden && isForbidden(error)) return FORBIDDEN;
    throw error;
  }
}

function notAllowed(kind: string, namespace: string, name: string): string {
  return `the operator may not read ${kind} ${namespace}/${name}; ask its administrator to add it to clusterObjectStores.references of the chart`;
}

/** Queues the store when one of the objects that it refers to changes, and stops watching all others. */
export function watchReferences({ ctx, key, store, state }: StorePass): void {
  const { credentialsRef, caBundleRef } = store.spec;
  const references = [{ kind: 'Secret' as const, ...credentialsRef }, ...(caBundleRef ? [caBundleRef] : [])];
  const wanted = new Map(
    references.map(({ kind, namespace, name }) => [
      `${kind}/${namespace}/${name}`,
      { kind, namespace, name },
    ]),
  );
  for (const [reference, end] of state.watched) {
    if (wanted.has(reference)) continue;
    end();
    state.watched.delete(reference);
  }
  for (const [reference, { kind, namespace, name }] of wanted) {
    if (state.watched.has(reference)) continue;
    state.watched.set(
      reference,
      ctx.watchObject(kind, namespace, name, () => ctx.queueStore(key)),
    );
  }
}

/** Stops the watches that `watchReferences` started. */
export function endWatches({ watched }: StoreState): void {
  for (const end of watched.values()) end();
  watched.clear();
}
