/** The fields that both kinds of stores have: where the store is, and how it makes its keys. */
import { z } from 'zod';
import { DURATION, DURATION_MAX_LENGTH } from '../duration.ts';
import { ENDPOINT, ENDPOINT_MAX_LENGTH } from '../endpoint.ts';
import { celRegex, matches, type Rule, rules } from './schema.ts';

const endpointField = (field: string, description: string) =>
  z
    .string()
    .min(1)
    .max(ENDPOINT_MAX_LENGTH)
    .meta({
      description,
      ...rules({
        rule: `self.matches(${celRegex(ENDPOINT)}) && (url(self).getPort() == '' || int(url(self).getPort()) <= 65535)`,
        message: `${field} is a scheme, a host and a port, and nothing after them, no path and no user: write one such as https://minio.storage.svc:9000`,
      }),
    });

const region = z
  .string()
  .min(1)
  .max(64)
  .default('us-east-1')
  .meta({
    description: "The store's region. MinIO has us-east-1, unless it was told another.",
    ...rules(
      matches(/^[A-Za-z0-9_-]+$/, 'a region is letters, digits, - and _: write one such as us-east-1'),
    ),
  });

const caBundle = z
  .string()
  .min(1)
  .max(262_144)
  .meta({
    description:
      "The CA certificates by which the endpoint's own is checked, as PEM text. The certificates that Node trusts, if left out.",
    ...rules(
      {
        rule: "self.contains('-----BEGIN CERTIFICATE-----') && self.contains('-----END CERTIFICATE-----')",
        message:
          'caBundle is PEM text: paste the certificates as they are, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, not base64-encoded once more',
      },
      {
        rule: "!self.contains('PRIVATE KEY-----')",
        reason: 'FieldValueForbidden',
        message:
          'caBundle has a private key in it: paste the certificates alone, and replace the key, for it has been sent here',
      },
    ),
  });

const resyncInterval = z
  .string()
  .min(1)
  .max(DURATION_MAX_LENGTH)
  .default('10m')
  .meta({
    description:
      "How often the store's users are compared with the AccessKeys: 1m to 24h, in hours, minutes and seconds, such as 10m or 1h30m.",
    ...rules({
      rule: `self.matches(${celRegex(DURATION)}) && duration(self) >= duration('1m') && duration(self) <= duration('24h')`,
      message:
        'resyncInterval is 1m to 24h, in whole hours, minutes and seconds: write one such as 10m or 1h30m',
    }),
  });

/** The rights of every key of a store beside its buckets. */
const EVERY_KEY_MAY = ['ListBuckets', 'CreateBuckets', 'CreateOrResetBuckets'] as const;

/**
 * The schema has no default, because what an absent field means depends on the provider. A stored default
 * wouldn't show whether anybody wanted it.
 */
const everyKeyMay = z.array(z.enum(EVERY_KEY_MAY)).max(EVERY_KEY_MAY.length).exactOptional().meta({
  description:
    "What every key may do, whatever its permissions. ListBuckets: list the names of all buckets; an unrestricted key may in any case. CreateBuckets: create buckets of the names that its namespace is granted as read_write; on MinIO it gives nothing, because whoever may create a bucket there may also reset an existing one. CreateOrResetBuckets: create such buckets and, on MinIO, reset existing ones of these names, which wipes their policy, versioning, object lock, lifecycle and tags (docs/security.md). ListBuckets alone, if left out; an empty list withholds all. To have a bucket made without this right, write create: true in the AccessKey's bucketAccess.",
  'x-kubernetes-list-type': 'set',
});

/** One right of `everyKeyMay`. */
export type EveryKeyMay = (typeof EVERY_KEY_MAY)[number];

/** The closed list of what a store may add to the permissions. The providers' tables have the same list. */
export const EXTRA_ACTIONS = {
  read_only: [
    'GetBucketObjectLockConfiguration',
    'GetEncryptionConfiguration',
    'GetObjectAttributes',
    'GetObjectLegalHold',
    'GetObjectRetention',
    'GetObjectTagging',
    'GetObjectVersionAttributes',
    'GetObjectVersionTagging',
  ],
  read_write: ['DeleteObjectTagging', 'PutObjectTagging'],
} as const;

const extraOf = (permission: keyof typeof EXTRA_ACTIONS, description: string) =>
  z
    .array(z.enum(EXTRA_ACTIONS[permission]))
    .max(EXTRA_ACTIONS[permission].length)
    .exactOptional()
    .meta({ description, 'x-kubernetes-list-type': 'set' });

const extraActions = z
  .object({
    read_only: extraOf('read_only', 'What read_only allows too, and with it read_write.'),
    read_write: extraOf('read_write', 'What read_write allows too.'),
  })
  .exactOptional()
  .describe(
    'S3 actions that the permissions of all keys of this store include beyond the usual ones; none, if left out. A change reaches the keys that there are.',
  );

/** The fields, for the schema of each kind. */
export const storeFields = {
  provider: z.enum(['MinIO']).default('MinIO').describe('What kind of store it is.'),
  endpoint: endpointField(
    'endpoint',
    'Where the store answers: scheme, host and port, such as https://minio.storage.svc:9000. While keys use the store, a change waits until acceptNewEndpoint names the new endpoint too.',
  ),
  allowInsecure: z
    .boolean()
    .default(false)
    .describe('Whether the endpoint may be http, where anybody on the network in between can read along.'),
  acceptNewEndpoint: endpointField(
    'acceptNewEndpoint',
    'After a change of endpoint: the new one once more, to say that it is meant. Each key then gets a new pair, issued there; the pairs that the earlier endpoint issued are never sent to the new one.',
  ).exactOptional(),
  publicEndpoint: endpointField(
    'publicEndpoint',
    'What Secrets give to applications as the endpoint, where they reach the store by another way than the operator. The endpoint itself, if left out.',
  ).exactOptional(),
  region,
  caBundle: caBundle.exactOptional(),
  resyncInterval,
  orphans: z
    .enum(['Report', 'Disable', 'Prune'])
    .default('Disable')
    .describe(
      'What becomes of users that the operator made and that belong to no AccessKey any more: they are counted, disabled, or removed. Users that it did not make are never touched.',
    ),
  everyKeyMay,
  extraActions,
};

/**
 * Returns the schema of a reference to the object with the CA certificates. `place` are the fields that
 * locate it.
 */
export const caBundleRef = <Place extends z.ZodRawShape>(place: Place) =>
  z
    .object({
      kind: z.enum(['ConfigMap', 'Secret']).default('ConfigMap').describe('The kind of the object.'),
      ...place,
      key: z
        .string()
        .min(1)
        .max(253)
        .default('ca.crt')
        .meta({
          description: 'The key of its data that holds the certificates, as PEM text.',
          ...rules(
            matches(
              /^[-._a-zA-Z0-9]+$/,
              'a key of a ConfigMap or Secret is letters, digits, hyphens, underscores and dots: write one such as ca.crt',
            ),
          ),
        }),
    })
    .exactOptional()
    .describe(
      'A ConfigMap or Secret with the CA certificates, in the place of caBundle. It is read again when it changes.',
    );

/** Rules for the spec of each kind. */
export const storeRules: readonly Rule[] = [
  {
    rule: "!self.endpoint.startsWith('http:') || self.allowInsecure",
    fieldPath: '.endpoint',
    message:
      'endpoint is http, which anybody on the network in between can read: write https, or allowInsecure: true beside it to accept that',
  },
  {
    rule: '!has(self.caBundle) || !has(self.caBundleRef)',
    fieldPath: '.caBundle',
    message: 'caBundle and caBundleRef both say which CA to trust: write one of the two',
  },
];
