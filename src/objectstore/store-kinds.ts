import type { ObjectMeta } from '../api/meta.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import type { ClusterObjectStore, ClusterObjectStoreSpec, Grant } from '../api/schema/clusterobjectstore.ts';
import type { ObjectStore } from '../api/schema/objectstore.ts';
import type { StoreStatus } from '../api/schema/store-status.ts';
import { withoutManagedFields } from '../kube/objects.ts';
import { keyFor } from '../runtime/key.ts';

/**
 * A store of either kind, in one shape: references have a namespace, and grants say which namespaces it
 * serves.
 */
export interface StoreObject {
  readonly kind: 'ClusterObjectStore' | 'ObjectStore';
  readonly metadata: ObjectMeta;
  readonly spec: ClusterObjectStoreSpec;
  readonly status: StoreStatus;
}

/** The grant of everything: what an ObjectStore gives its own namespace. */
const EVERYTHING: Omit<Grant, 'namespaces'> = {
  buckets: ['*'],
  permissions: 'read_write',
  unrestricted: true,
  allowImport: true,
  allowRetain: true,
  bucketSettings: true,
};

/** Returns a ClusterObjectStore in the common shape. */
export function ofClusterObjectStore(store: ClusterObjectStore): StoreObject {
  const { metadata, spec, status } = withoutManagedFields(store);
  return { kind: 'ClusterObjectStore', metadata, spec, status };
}

/**
 * Returns an ObjectStore in the common shape. It reads credentials and CA only in its own namespace and
 * serves no other.
 */
export function ofObjectStore(store: ObjectStore): StoreObject {
  const { metadata, spec, status } = withoutManagedFields(store);
  const { namespace } = metadata;
  const { caBundleRef, credentialsRef, ...rest } = spec;
  return {
    kind: 'ObjectStore',
    metadata,
    spec: {
      ...rest,
      credentialsRef: { ...credentialsRef, namespace },
      ...(caBundleRef && { caBundleRef: { ...caBundleRef, namespace } }),
      grants: [{ ...EVERYTHING, namespaces: { names: [namespace] } }],
    },
    status,
  };
}

/**
 * Returns the key of the store that an AccessKey names, as `keyOf` does for the store: `name` or
 * `namespace/name`.
 */
export function storeKeyOf({ metadata, spec }: AccessKey): string {
  const { kind, name } = spec.storeRef;
  return kind === 'ObjectStore' ? keyFor(metadata.namespace, name) : name;
}

/** Returns the kind of the store with that key: only an ObjectStore has a namespace. */
export function kindOf(storeKey: string): StoreObject['kind'] {
  return storeKey.includes('/') ? 'ObjectStore' : 'ClusterObjectStore';
}

/** Returns kind and name for sentences: `ClusterObjectStore default`. */
export function titleOf({ kind, metadata }: StoreObject): string {
  return `${kind} ${metadata.name}`;
}
