import { issuedByOf, ownership, secretNameOf } from '../accesskey/secret/facts.ts';
import { isSameEndpoint } from '../api/endpoint.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { accessKeyTag, policyName, tagOf } from '../ownership/names.ts';
import type { StoreContext } from './context.ts';
import type { AnyStore } from './store-kinds.ts';

/** What the keys of a store bear witness of. */
export interface Witness {
  /** Another endpoint than the store's, at which the keys of most namespaces were issued. */
  readonly endpoint: string | undefined;
  /** `namespace/name` of a key whose policy carries another cluster name. */
  readonly otherName: string | undefined;
}

/**
 * What the status of a store would record, had this operator the right to write it: where its keys were issued, by their
 * Secrets, and under which cluster name, by the tag of their ids. Of a key whose Secret is gone only the latter is known.
 * Whoever may edit a Secret can write another endpoint into it, which must not stop the store for other namespaces: so
 * each namespace has one vote, and one with any key of the store's own endpoint votes for that.
 */
export function witnessOf(
  { cluster, secretCache }: Pick<StoreContext, 'cluster' | 'secretCache'>,
  { spec }: Pick<AnyStore, 'spec'>,
  keys: readonly AccessKey[],
): Witness {
  const here = new Set<string>();
  const elsewhere = new Map<string, string>();
  let otherName: string | undefined;
  for (const accessKey of keys) {
    const { namespace, name } = accessKey.metadata;
    const secret = secretCache.get(`${namespace}/${secretNameOf(accessKey)}`);
    const issuedBy = secret && ownership(secret, accessKey) !== 'foreign' ? issuedByOf(secret) : undefined;
    if (issuedBy !== undefined) {
      if (isSameEndpoint(issuedBy, spec.endpoint)) here.add(namespace);
      else elsewhere.set(namespace, issuedBy);
    }
    // An imported id carries no tag.
    const tag = tagOf(accessKey.status?.accessKeyId ?? '');
    if (tag !== undefined && tag !== accessKeyTag(policyName(cluster, namespace, name)))
      otherName ??= `${namespace}/${name}`;
  }
  const moved = [...elsewhere].filter(([namespace]) => !here.has(namespace));
  return { endpoint: moved.length > here.size ? moved[0]?.[1] : undefined, otherName };
}

/** The store as it would be, had its status been written. */
export function witnessed(store: AnyStore, { endpoint }: Witness): AnyStore {
  return endpoint === undefined ? store : { ...store, status: { ...store.status, endpoint } };
}
