/** The fields that both kinds of stores have: where the store is, and how it makes its keys. */
import { z } from 'zod';
import { DURATION, DURATION_MAX_LENGTH } from '../duration.ts';
import { endpointField, regionField } from './endpoint-field.ts';
import { iam, iamRules } from './iam.ts';
import { celRegex, matches, type Rule, rules } from './schema.ts';

const caBundle = z
  .string()
  .min(1)
  .max(262_144)
  .meta({
    description:
      "The CA certificates that verify the endpoint's certificate, as PEM text. Default: the certificates that Node trusts.",
    ...rules(
      {
        rule: "self.contains('-----BEGIN CERTIFICATE-----') && self.contains('-----END CERTIFICATE-----')",
        message:
          'caBundle must be PEM text: paste the certificates as they are, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, without encoding them in base64 again',
      },
      {
        rule: "!self.contains('PRIVATE KEY-----')",
        reason: 'FieldValueForbidden',
        message:
          'caBundle contains a private key: paste only the certificates, and replace the key, because it has been disclosed',
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
      "How often the operator compares the store's users with the AccessKeys: 1m to 24h, in hours, minutes and seconds, such as 10m or 1h30m.",
    ...rules({
      rule: `self.matches(${celRegex(DURATION)}) && duration(self) >= duration('1m') && duration(self) <= duration('24h')`,
      message:
        'resyncInterval must be 1m to 24h, in whole hours, minutes and seconds: write, for example, 10m or 1h30m',
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
    "What every key may do, regardless of its permissions. ListBuckets: list the names of all buckets; an unrestricted key always may. CreateBuckets: create buckets with names that its namespace is granted as read_write; on MinIO it has no effect, because a key that may create buckets there may also reset existing ones. CreateOrResetBuckets: create such buckets and, on MinIO, reset existing ones with these names, which wipes their policy, versioning, object lock, lifecycle and tags (docs/security.md). Default: ListBuckets alone; an empty list withholds all. To have the operator create a bucket without this right, set create: true in the AccessKey's bucketAccess.",
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
    read_only: extraOf('read_only', 'Actions that read_only also allows, and with it read_write.'),
    read_write: extraOf('read_write', 'Actions that read_write also allows.'),
  })
  .exactOptional()
  .describe(
    'Additional S3 actions in the permissions of all keys of this store. Default: none. A change applies to existing keys too.',
  );

/** The fields, for the schema of each kind. */
export const storeFields = {
  provider: z
    .enum(['MinIO', 'IAM'])
    .default('MinIO')
    .meta({
      description:
        "The kind of store. MinIO: users by its administration API. IAM: users by AWS's IAM API, which Ceph's Object Gateway with accounts and VersityGW have. Immutable.",
      ...rules({
        rule: 'self == oldSelf',
        message: 'provider is immutable: create another store, and name it in the AccessKeys',
      }),
    }),
  iam: iam.exactOptional(),
  endpoint: endpointField(
    'endpoint',
    'The address of the store: scheme, host and port, such as https://minio.storage.svc:9000. While keys use the store, a change waits until acceptNewEndpoint names the new endpoint too.',
  ),
  allowInsecure: z
    .boolean()
    .default(false)
    .describe('True allows an http endpoint, where anybody on the network in between can read along.'),
  acceptNewEndpoint: endpointField(
    'acceptNewEndpoint',
    'Confirms a change of endpoint: repeat the new endpoint here. Each key then gets a new pair, issued there. The operator never sends the pairs of the earlier endpoint to the new one.',
  ).exactOptional(),
  publicEndpoint: endpointField(
    'publicEndpoint',
    'The endpoint that Secrets give to applications, if they reach the store by another way than the operator. Default: the endpoint.',
  ).exactOptional(),
  region: regionField("The store's region. MinIO uses us-east-1, unless it is configured otherwise."),
  caBundle: caBundle.exactOptional(),
  resyncInterval,
  orphans: z
    .enum(['Report', 'Disable', 'Prune'])
    .default('Disable')
    .describe(
      'What the operator does with users that it created and that no longer belong to an AccessKey: Report counts them, Disable disables them, Prune removes them. It never touches users that it did not create.',
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
          description: 'The key that holds the certificates, as PEM text.',
          ...rules(
            matches(
              /^[-._a-zA-Z0-9]+$/,
              'key must consist of letters, digits, hyphens, underscores and dots: write, for example, ca.crt',
            ),
          ),
        }),
    })
    .exactOptional()
    .describe(
      'A ConfigMap or Secret with the CA certificates, instead of caBundle. The operator reads it again when it changes.',
    );

/** Rules for the spec of each kind. */
export const storeRules: readonly Rule[] = [
  ...iamRules,
  {
    rule: "!self.endpoint.startsWith('http:') || self.allowInsecure",
    fieldPath: '.endpoint',
    message:
      'endpoint is http, which anybody on the network in between can read: use https, or set allowInsecure: true to accept that',
  },
  {
    rule: '!has(self.caBundle) || !has(self.caBundleRef)',
    fieldPath: '.caBundle',
    message: 'caBundle and caBundleRef both say which CA to trust: set only one of them',
  },
];
