/** ObjectStore: the schema that its CRD is generated from, and its types as the API server returns them. */
import { z } from 'zod';
import type { NamespacedMeta } from '../meta.ts';
import type { API_VERSION } from '../names.ts';
import { credentialsRef } from './credentials-ref.ts';
import { dnsSubdomain, rules } from './schema.ts';
import { caBundleRef, storeFields, storeRules } from './store-fields.ts';
import type { StoreStatus } from './store-status.ts';

/** The schema of the spec of an ObjectStore. */
export const objectStoreSpec = z
  .object({
    ...storeFields,
    caBundleRef: caBundleRef({
      name: dnsSubdomain('ConfigMap or Secret').describe('Its name, in this namespace.'),
    }),
    credentialsRef: credentialsRef(', in this namespace,', {
      name: dnsSubdomain('Secret').describe('The name of the Secret.'),
    }),
  })
  .meta({
    description: 'Where the store is, and how the operator authenticates.',
    ...rules(...storeRules),
  });

/** The kind of the resource. */
export const OBJECT_STORE_KIND = 'ObjectStore';

type ObjectStoreSpec = z.infer<typeof objectStoreSpec>;

/** An ObjectStore, as the API server has it. */
export interface ObjectStore {
  apiVersion: typeof API_VERSION;
  kind: 'ObjectStore';
  metadata: NamespacedMeta;
  spec: ObjectStoreSpec;
  status: StoreStatus;
}
