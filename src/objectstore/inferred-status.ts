import { issuedByOf, ownership, secretKeyOf } from '../accesskey/secret/facts.ts';
import { isSameEndpoint } from '../api/endpoint.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { accessKeyTag, policyNameOf, tagOf } from '../ownership/names.ts';
import { keyOf } from '../runtime/key.ts';
import { eventLoop } from '../runtime/yield.ts';
import type { StoreContext } from './context.ts';
import type { StoreObject } from './store-kinds.ts';

/** The facts that the keys of a store record about it. */
export interface InferredStatus {
  /** An endpoint other than the store's, if most namespaces' keys were issued there. */
  readonly endpoint: string | undefined;
  /** The `namespace/name` of a key whose policy carries another cluster name. */
  readonly otherName: string | undefined;
}

/**
 * Infers what the store's status would record if this operator had the right to write it. The keys' Secrets
 * say where the keys were issued; the tags of their ids say under which cluster name. If a key's Secret is
 * gone, only the cluster name is known. Anyone who can edit a Secret could write another endpoint into it,
 * and that must not stop the store for other namespaces. So each namespace has one vote. A namespace votes
 * for the store's own endpoint if any of its keys was issued there.
 */
export async function inferredStatusOf(
  { cluster, secretCache }: Pick<StoreContext, 'cluster' | 'secretCache'>,
  { spec }: Pick<StoreObject, 'spec'>,
  keys: Iterable<AccessKey>,
): Promise<InferredStatus> {
  const here = new Set<string>();
  const elsewhere = new Map<string, string>();
  let otherName: string | undefined;
  for (const accessKey of keys) {
    await eventLoop.yield();
    const { namespace } = accessKey.metadata;
    const secret = secretCache.get(secretKeyOf(accessKey));
    const issuedBy = secret && ownership(secret, accessKey) !== 'foreign' ? issuedByOf(secret) : undefined;
    if (issuedBy !== undefined) {
      if (isSameEndpoint(issuedBy, spec.endpoint)) here.add(namespace);
      else elsewhere.set(namespace, issuedBy);
    }
    // An imported id carries no tag.
    const tag = tagOf(accessKey.status?.accessKeyId ?? '');
    if (tag !== undefined && tag !== accessKeyTag(policyNameOf(cluster, accessKey)))
      otherName ??= keyOf(accessKey);
  }
  const moved = [...elsewhere].filter(([namespace]) => !here.has(namespace));
  return { endpoint: moved.length > here.size ? moved[0]?.[1] : undefined, otherName };
}

/** Returns the store as it would be with a written status. */
export function withInferredStatus(store: StoreObject, { endpoint }: InferredStatus): StoreObject {
  return endpoint === undefined ? store : { ...store, status: { ...store.status, endpoint } };
}
