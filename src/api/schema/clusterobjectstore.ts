/**
 * ClusterObjectStore: the schema that its CRD is generated from, and its types as the API server returns
 * them.
 */
import { z } from 'zod';
import type { ObjectMeta } from '../meta.ts';
import type { API_VERSION } from '../names.ts';
import { credentialsRef } from './credentials-ref.ts';
import { grants } from './grants.ts';
import { dnsLabel, dnsSubdomain, rules } from './schema.ts';
import { caBundleRef, storeFields, storeRules } from './store-fields.ts';
import type { StoreStatus } from './store-status.ts';

/** The schema of the spec of a ClusterObjectStore. */
export const clusterObjectStoreSpec = z
  .object({
    ...storeFields,
    caBundleRef: caBundleRef({
      namespace: dnsLabel().describe('Its namespace.'),
      name: dnsSubdomain('ConfigMap or Secret').describe('Its name.'),
    }),
    credentialsRef: credentialsRef('', {
      namespace: dnsLabel().describe('The namespace of the Secret.'),
      name: dnsSubdomain('Secret').describe('The name of the Secret.'),
    }),
    grants,
  })
  .meta({
    description: 'Where the store is, how the operator authenticates, and who may ask for keys.',
    ...rules(...storeRules),
  });

/** The kind of the resource. */
export const CLUSTER_OBJECT_STORE_KIND = 'ClusterObjectStore';

/** The parts of a ClusterObjectStore, as the schema has them. */
export type ClusterObjectStoreSpec = z.infer<typeof clusterObjectStoreSpec>;
export type CredentialsRef = ClusterObjectStoreSpec['credentialsRef'];
export type CaBundleRef = NonNullable<ClusterObjectStoreSpec['caBundleRef']>;
export type Grant = ClusterObjectStoreSpec['grants'][number];

/** A ClusterObjectStore, as the API server has it. */
export interface ClusterObjectStore {
  apiVersion: typeof API_VERSION;
  kind: 'ClusterObjectStore';
  metadata: ObjectMeta;
  spec: ClusterObjectStoreSpec;
  status: StoreStatus;
}
