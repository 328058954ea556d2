/** ClusterObjectStore: the schema that its CRD is generated from, and its types as the API server returns them. */
import { z } from 'zod';
import type { ObjectMeta } from '../meta.ts';
import type { API_VERSION } from '../names.ts';
import { grants } from './grants.ts';
import { dnsLabel, dnsSubdomain, rules } from './schema.ts';
import { caBundleRef, storeFields, storeRules } from './store-fields.ts';
import type { StoreStatus } from './store-status.ts';

const credentialsRef = z
  .object({
    namespace: dnsLabel().describe('The namespace of the Secret.'),
    name: dnsSubdomain('Secret').describe('The name of the Secret.'),
  })
  .describe(
    'The Secret with the credentials by which the operator manages users and policies in the store: its keys are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. It is read again when it changes.',
  );

export const clusterObjectStoreSpec = z
  .object({
    ...storeFields,
    caBundleRef: caBundleRef({
      namespace: dnsLabel().describe('Its namespace.'),
      name: dnsSubdomain('ConfigMap or Secret').describe('Its name.'),
    }),
    credentialsRef,
    grants,
  })
  .meta({
    description: 'Where the store is, how the operator gets in, and who may ask for keys.',
    ...rules(...storeRules),
  });

export const CLUSTER_OBJECT_STORE_KIND = 'ClusterObjectStore';

export type ClusterObjectStoreSpec = z.infer<typeof clusterObjectStoreSpec>;
export type CredentialsRef = ClusterObjectStoreSpec['credentialsRef'];
export type CaBundleRef = NonNullable<ClusterObjectStoreSpec['caBundleRef']>;
export type Grant = ClusterObjectStoreSpec['grants'][number];

export interface ClusterObjectStore {
  apiVersion: typeof API_VERSION;
  kind: 'ClusterObjectStore';
  metadata: ObjectMeta;
  spec: ClusterObjectStoreSpec;
  status: StoreStatus;
}
