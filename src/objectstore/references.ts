import type { CaBundleRef } from '../api/schema/clusterobjectstore.ts';
import { isForbidden, KubeError } from '../kube/errors.ts';
import { ignoreNotFound } from '../kube/ignore-not-found.ts';
import type { ObjectMeta } from '../kube/objects.ts';
import { refusalKind, refusalText } from '../kube/refusal.ts';
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

/** The API server's refusal to show an object that a store refers to, as a sentence for the status. */
export interface Refused {
  readonly refusal: string;
}

/** Reads the store's own credentials live. Returns a sentence for the store's status if they are missing. */
export async function readCredentials(
  ctx: Pick<StoreContext, 'secrets' | 'readsOnly'>,
  { kind, spec }: Pick<StoreObject, 'kind' | 'spec'>,
  signal: AbortSignal,
): Promise<Credentials | Refused | string> {
  const { namespace, name } = spec.credentialsRef;
  const forbidden = ctx.readsOnly(kind) ? notAllowed('Secret', namespace, name) : undefined;
  const secret = await readable(ctx.secrets.get(name, namespace, { signal }), forbidden);
  if (secret && 'refusal' in secret) return secret;
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
): Promise<{ readonly pem: string | undefined } | Refused | string> {
  const { caBundle, caBundleRef } = spec;
  if (!caBundleRef) return { pem: caBundle };
  if (caBundle !== undefined)
    return 'spec.caBundle and spec.caBundleRef both say which CA to trust; set only one of them';
  const { kind, namespace, name, key } = caBundleRef;
  const forbidden = ctx.readsOnly(storeKind) ? notAllowed(kind, namespace, name) : undefined;
  const text = await readCaKey(ctx, caBundleRef, forbidden, signal);
  if (typeof text === 'object') return text;
  if (text === undefined)
    return `there is no ${kind} ${namespace}/${name} with the store's CA certificates; create it, or correct spec.caBundleRef`;
  if (text === '')
    return `${kind} ${namespace}/${name} has nothing under ${key}; put the CA certificates there, or correct spec.caBundleRef.key`;
  return { pem: text };
}

async function readCaKey(
  { secrets, configMaps }: Pick<StoreContext, 'secrets' | 'configMaps'>,
  { kind, namespace, name, key }: CaBundleRef,
  forbidden: string | undefined,
  signal: AbortSignal,
): Promise<string | Refused | undefined> {
  const found =
    kind === 'ConfigMap'
      ? await readable(configMaps.get(name, namespace, { signal }), forbidden)
      : await readable(secrets.get(name, namespace, { signal }), forbidden);
  if (!found || 'refusal' in found) return found;
  const text = found.data?.[key] ?? '';
  return kind === 'ConfigMap' ? text : Buffer.from(text, 'base64').toString('utf8');
}

/**
 * Reads an object that a store refers to.
 * @param forbidden the sentence if the operator has a separate right to each object and may lack this one
 */
async function readable<T>(
  read: Promise<T>,
  forbidden: string | undefined,
): Promise<T | Refused | undefined> {
  try {
    return await ignoreNotFound(read);
  } catch (error) {
    if (forbidden !== undefined && isForbidden(error)) return { refusal: forbidden };
    const kind = refusalKind(error);
    if (!(error instanceof KubeError) || kind === undefined) throw error;
    return { refusal: refusalText(error, kind) };
  }
}

function notAllowed(kind: string, namespace: string, name: string): string {
  return `the operator may not read ${kind} ${namespace}/${name}; ask its administrator to add it to clusterObjectStores.references of the chart`;
}

/** Returns the part of a store's spec that its connection follows from, as text to compare. */
export function referencesOf({ spec }: StoreObject): string {
  const { endpoint, region, caBundle, caBundleRef, credentialsRef } = spec;
  return JSON.stringify([endpoint, region, caBundle, caBundleRef, credentialsRef]);
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

/** True if the read has a result: neither a sentence on what is wrong with it, nor a refusal. */
export function isRead<T extends object>(read: T | Refused | string): read is Exclude<T, Refused> {
  return typeof read === 'object' && !('refusal' in read);
}
