import { issuedByOf, ownership, secretNameOf } from '../accesskey/secret/facts.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import { accessKeyTag, policyName, tagOf } from '../ownership/names.ts';
import type { StoreContext } from './context.ts';
import type { AnyStore } from './store-kinds.ts';

/** What the keys of a store bear witness of. */
export interface Witness {
  /** Another endpoint than the store's, at which a key of it was issued. */
  readonly endpoint: string | undefined;
  /** `namespace/name` of a key whose policy carries another cluster name. */
  readonly otherName: string | undefined;
}

/**
 * What the status of a store would record, had this operator the right to write it: where its keys were issued, by their
 * Secrets, and under which cluster name, by the tag of their ids. Of a key whose Secret is gone only the latter is known.
 */
export function witnessOf(
  { cluster, secretCache }: Pick<StoreContext, 'cluster' | 'secretCache'>,
  { spec }: Pick<AnyStore, 'spec'>,
  keys: readonly AccessKey[],
): Witness {
  let endpoint: string | undefined;
  let otherName: string | undefined;
  for (const accessKey of keys) {
    const { namespace, name } = accessKey.metadata;
    const secret = secretCache.get(`${namespace}/${secretNameOf(accessKey)}`);
    const issuedBy = secret && ownership(secret, accessKey) !== 'foreign' ? issuedByOf(secret) : undefined;
    if (issuedBy !== undefined && issuedBy !== spec.endpoint) endpoint ??= issuedBy;
    // An imported id carries no tag.
    const tag = tagOf(accessKey.status?.accessKeyId ?? '');
    if (tag !== undefined && tag !== accessKeyTag(policyName(cluster, namespace, name)))
      otherName ??= `${namespace}/${name}`;
  }
  return { endpoint, otherName };
}

/** The store as it would be, had its status been written. */
export function witnessed(store: AnyStore, { endpoint }: Witness): AnyStore {
  return endpoint === undefined ? store : { ...store, status: { ...store.status, endpoint } };
}
