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
      .describe('The endpoint that issues keys: the last one that the operator found to be this store.'),
    serverVersion: z
      .string()
      .exactOptional()
      .describe("The version that the store reports, if the operator's credentials allow asking for it."),
    capabilities: z
      .object({
        pairs: z
          .enum(['Operator', 'Store'])
          .describe(
            'Who chooses access key ids and secrets. Operator: a user that was removed comes back with its pair. Store: it comes back with a new one.',
          ),
        maxPolicyBytes: int64().describe('The longest policy of a key, in bytes.'),
        maxUsers: int64()
          .exactOptional()
          .describe('The most users, previous keys included, until somebody raises the limit in the store.'),
        settlesWithinSeconds: int64()
          .exactOptional()
          .describe(
            'How long a change may take to be true everywhere in the store; absent if it is at once.',
          ),
        policies: z
          .enum(['Named', 'Inline'])
          .describe('Named: all users of a key share one policy. Inline: each user has a copy of its own.'),
        listsBuckets: z
          .boolean()
          .describe('True if a key may list the names of all buckets. False: it sees those that it may use.'),
        separatesSettings: z
          .boolean()
          .describe('True if a key can be kept from writing the settings of a bucket to which it writes.'),
        creatingResets: z
          .boolean()
          .describe('True if a key that may create buckets may also reset an existing one.'),
        makesSessions: z
          .boolean()
          .describe('True if a key can make sessions. The operator ends them with the key.'),
        tellsLastUse: z.boolean().describe('True if the store tells when a pair was last used.'),
        notSupported: z
          .array(z.string())
          .describe("Fields of AccessKeys that the store can't honor. A key that has one says NotSupported."),
      })
      .exactOptional()
      .describe('What the store can do, as far as kinds of stores differ in it.'),
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
        'The name of this cluster in the names of the policies in the store. Under another name the operator does nothing in the store.',
      ),
    credentialsSecret: z
      .object({
        namespace: z.string().describe('Its namespace.'),
        name: z.string().describe('Its name.'),
      })
      .exactOptional()
      .describe(
        "The Secret with the operator's credentials on which a finalizer stays while there are keys, so that they can be revoked.",
      ),
    keys: int64().exactOptional().describe('The number of AccessKeys that name this store.'),
    orphanedUsers: int64()
      .exactOptional()
      .describe(
        'The number of users in the store that the operator created and that no longer belong to an AccessKey.',
      ),
    retainedUsers: int64()
      .exactOptional()
      .describe(
        'The number of users in the store that outlive their AccessKey (deletionPolicy: Retain), as the grants allow.',
      ),
    lastSyncAt: time()
      .exactOptional()
      .describe("When the operator last compared the store's users with the AccessKeys."),
  })
  .default(UNOBSERVED)
  .describe('What the operator has found. Only the operator writes it.');

/** The status of a store. */
export type StoreStatus = z.infer<typeof storeStatus>;
