/** The status of a store, of either kind. */
import { z } from 'zod';
import { conditions, int64, observedGeneration, time, UNOBSERVED } from './schema.ts';

/** The schema of the status of both kinds of stores. */
export const storeStatus = z
  .object({
    observedGeneration: observedGeneration(),
    conditions: conditions(),
    endpoint: z
      .string()
      .exactOptional()
      .describe('The endpoint that issues keys: the one that was last found to be this store.'),
    serverVersion: z
      .string()
      .exactOptional()
      .describe('The version that the store says it is, where its credentials allow asking for it.'),
    addressing: z
      .enum(['Path', 'VirtualHost'])
      .exactOptional()
      .describe(
        'How clients may write the address of a bucket. Path: in the path alone, https://HOST/BUCKET. VirtualHost: also in the host name, https://BUCKET.HOST, as many SDKs do unless they are told otherwise.',
      ),
    clusterName: z
      .string()
      .exactOptional()
      .describe(
        'The name of this cluster that the policies in the store carry. Under another name nothing is done in the store.',
      ),
    credentialsSecret: z
      .object({
        namespace: z.string().describe('Its namespace.'),
        name: z.string().describe('Its name.'),
      })
      .exactOptional()
      .describe(
        "The Secret with the operator's credentials that is held by a finalizer, so that keys can be revoked as long as there are any.",
      ),
    keys: int64().exactOptional().describe('How many AccessKeys name this store.'),
    orphanedUsers: int64()
      .exactOptional()
      .describe('How many users in the store were made by the operator and belong to no AccessKey any more.'),
    retainedUsers: int64()
      .exactOptional()
      .describe(
        'How many users in the store outlive their AccessKey (deletionPolicy: Retain), as the grants allow now.',
      ),
    lastSyncAt: time()
      .exactOptional()
      .describe("When the store's users were last compared with the AccessKeys."),
  })
  .default(UNOBSERVED)
  .describe('What the operator has found; written by it alone.');

/** The status of a store. */
export type StoreStatus = z.infer<typeof storeStatus>;
