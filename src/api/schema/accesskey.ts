/** AccessKey: the schema that its CRD is generated from, and its types as the API server returns them. */
import { z } from 'zod';
import { DURATION, DURATION_MAX_LENGTH } from '../duration.ts';
import type { NamespacedMeta } from '../meta.ts';
import type { API_VERSION } from '../names.ts';
import { REFUSED_SECRET_NAME, REFUSED_SECRET_NAMES } from '../refused-in-secrets.ts';
import { RFC3339 } from '../time.ts';
import { bucketAccess } from './bucket-access.ts';
import {
  celIsAnyOf,
  celRegex,
  conditions,
  dnsSubdomain,
  immutable,
  int64,
  matches,
  observedGeneration,
  rules,
  time,
  UNOBSERVED,
} from './schema.ts';
import { secretTemplate, templatedBucket } from './secret-template.ts';

/**
 * Invisible characters outside the categories Cc, Cf, Zl and Zp: a joiner, fillers of Hangul, and inherent
 * vowels of Khmer. They are written as CEL spells them.
 */
const INVISIBLE = ['034f', '115f', '1160', '17b4', '17b5', '3164', 'ffa0'].map((code) => `'\\u${code}'`);

const label = z
  .string()
  .min(1)
  .max(128)
  .meta({
    description:
      'What people call the key, in up to 128 characters. Default: the name of the AccessKey. A change never affects the pair.',
    ...rules(
      matches(
        /^[^\p{Cc}\p{Zl}\p{Zp}]+$/u,
        'label must be one line of text: remove line breaks, tabs and other control characters',
      ),
      {
        rule: `self.matches(${celRegex(/^[^\p{Cf}]*$/u)}) && ![${INVISIBLE.join(', ')}].exists(character, self.contains(character))`,
        message:
          'label must not contain invisible characters, or characters that change the direction of text: remove zero-width characters, bidirectional controls and soft hyphens',
      },
    ),
  });

const REFUSED_NAME_MESSAGE =
  'other software trusts a Secret with this name, such as a Helm release or a kubeconfig: choose another secretName, such as photo-uploader-s3';

const storeRef = z
  .object({
    kind: z
      .enum(['ClusterObjectStore', 'ObjectStore'])
      .default('ClusterObjectStore')
      .describe('The kind of the store: ClusterObjectStore, or ObjectStore for a store in this namespace.'),
    name: dnsSubdomain('store').default('default').describe('The name of the store.'),
  })
  .prefault({})
  .meta({
    description:
      'The store that issues the key. Default: the ClusterObjectStore "default". Immutable, because a key belongs to one store.',
    ...rules(
      immutable(
        'storeRef cannot change: create a new AccessKey for the other store, move the application to it, then delete this one',
      ),
    ),
  });

/** The schema of the spec of an AccessKey. */
export const accessKeySpec = z
  .object({
    label: label.exactOptional(),
    storeRef,
    limited: z
      .boolean()
      .exactOptional()
      .describe(
        'True limits the key to the buckets in bucketAccess. False gives it full access to every bucket, which the store must grant. Always set it. If it is missing, a key with bucketAccess is limited, and a key without is not; a limited key stays limited until you set false.',
      ),
    bucketAccess: bucketAccess.exactOptional(),
    secretName: dnsSubdomain('Secret', {
      rule: `!self.matches(${celRegex(REFUSED_SECRET_NAME)})`,
      reason: 'FieldValueForbidden',
      message: REFUSED_NAME_MESSAGE,
    })
      .exactOptional()
      .describe(
        'The name of the Secret that holds the pair. Default: the name of the AccessKey. The operator never touches a Secret of this name that belongs to somebody else.',
      ),
    secretTemplate: secretTemplate.exactOptional(),
    keyGeneration: z
      .number()
      .min(1)
      .max(2_147_483_647)
      .exactOptional()
      .meta({ type: 'integer', format: 'int32' })
      .describe(
        'Raise it to replace the pair once; the old pair works for the grace period. A lower number than before changes nothing. Default: 1.',
      ),
    rotation: z
      .object({
        interval: z
          .string()
          .min(1)
          .max(DURATION_MAX_LENGTH)
          .exactOptional()
          .meta({
            description:
              'How long a pair is used before the operator replaces it: 1h to 8760h (a year), longer than gracePeriod. The operator replaces it up to a tenth of the interval earlier, so that keys that were created together are not replaced together. If it is missing, only a maxAge of the store replaces the pair.',
            ...rules({
              rule: `self.matches(${celRegex(DURATION)}) && duration(self) >= duration('1h') && duration(self) <= duration('8760h')`,
              message:
                'interval must be 1h to 8760h (a year), in whole hours, minutes and seconds: write, for example, 720h',
            }),
          }),
        gracePeriod: z
          .string()
          .min(1)
          .max(DURATION_MAX_LENGTH)
          .default('24h')
          .meta({
            description:
              'How long a replaced pair still works: 0s to 168h, in hours, minutes and seconds. Default: 24h; 0s revokes it immediately. At most half of a maxAge of the store.',
            ...rules({
              rule: `self.matches(${celRegex(DURATION)}) && duration(self) <= duration('168h')`,
              message:
                'gracePeriod must be 0s to 168h, in whole hours, minutes and seconds: write, for example, 24h or 1h30m',
            }),
          }),
      })
      .exactOptional()
      .meta({
        description: 'When the operator replaces pairs, and how long replaced pairs still work.',
        ...rules({
          rule: `!has(self.interval) || ![self.interval, self.gracePeriod].all(text, text.matches(${celRegex(DURATION)})) || duration(self.interval) > duration(self.gracePeriod)`,
          fieldPath: '.interval',
          message:
            'interval must be longer than gracePeriod (default 24h), or replaced pairs pile up: increase interval or reduce gracePeriod',
        }),
      }),
    importFrom: z
      .object({ secretName: dnsSubdomain('Secret').describe('The name of the Secret, in this namespace.') })
      .exactOptional()
      .meta({
        description:
          'A Secret with a pair (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) that an application already uses. The key takes over the user of this pair in the store, once, instead of a new user, and replaces the permissions of the user with those in this object. The operator only reads the Secret. The store must grant the import.',
        ...rules(
          immutable(
            'importFrom cannot change, because it takes effect once: create a new AccessKey for another pair',
          ),
        ),
      }),
    deletionPolicy: z
      .enum(['Delete', 'Retain'])
      .default('Delete')
      .describe(
        'What the operator does when this object is deleted. Delete revokes the key. Retain leaves user, policy and Secret as they are, for as long as the store grants it; the same AccessKey, applied again, takes them back.',
      ),
    disabled: z
      .boolean()
      .default(false)
      .describe(
        'True makes the store refuse the key. The operator keeps the pair, and it works again once this is false. A key that is created disabled gets its pair when it is enabled.',
      ),
    // Not the format date-time, which accepts +24:00 and a comma, and hides the text from the rule.
    expiresAt: z
      .string()
      .max(40)
      .exactOptional()
      .meta({
        description:
          'The time at which the operator revokes the key. It removes Secret, user and policy; this object stays and says so. A later time issues a new pair. An RFC 3339 time, such as 2030-01-31T12:00:00Z.',
        ...rules({
          rule: `self.matches(${celRegex(RFC3339)}) && timestamp(self) >= timestamp('1970-01-01T00:00:00Z')`,
          message:
            'expiresAt must be an RFC 3339 date and time, with a zone of less than 24 hours: write, for example, 2030-01-31T12:00:00Z',
        }),
      }),
  })
  .meta({
    description: 'What the key is called and what it may do.',
    ...rules(
      templatedBucket,
      {
        rule: 'has(self.importFrom) == has(oldSelf.importFrom)',
        fieldPath: '.importFrom',
        reason: 'FieldValueForbidden',
        message:
          'importFrom cannot change, because it takes effect once: create a new AccessKey for another pair',
      },
      {
        rule: '!has(self.importFrom) || !has(self.secretName) || self.importFrom.secretName != self.secretName',
        fieldPath: '.importFrom',
        message:
          'importFrom and secretName name the same Secret, but the operator only reads the imported one: choose another secretName',
      },
      {
        rule: '!has(self.bucketAccess) || self.bucketAccess.size() > 0 || has(self.limited)',
        fieldPath: '.bucketAccess',
        message:
          'bucketAccess is empty and limited is missing, which could mean no bucket or every bucket: set limited: true for a key that may use no bucket, set limited: false for full access, or name the buckets',
      },
      {
        rule: '!has(self.limited) || self.limited || !has(self.bucketAccess) || self.bucketAccess.size() == 0',
        fieldPath: '.limited',
        message:
          'limited: false gives full access to every bucket, but bucketAccess names some: set limited: true to limit the key to these buckets, or remove bucketAccess',
      },
      {
        rule: 'has(self.limited) || has(self.bucketAccess) || !(has(oldSelf.limited) ? oldSelf.limited : has(oldSelf.bucketAccess))',
        fieldPath: '.limited',
        reason: 'FieldValueForbidden',
        message:
          'this key is limited, and without limited and bucketAccess it would get full access to every bucket: set limited: true to keep it limited, or limited: false for full access',
      },
    ),
  });

/** The maximum length of a user's name in a store. */
const MAX_ID = 128;

/** The schema of the status of an AccessKey. */
export const accessKeyStatus = z
  .object({
    observedGeneration: observedGeneration(),
    conditions: conditions(),
    label: z.string().max(128).exactOptional().describe('What the key is called.'),
    accessKeyId: z
      .string()
      .max(MAX_ID)
      .exactOptional()
      .describe('The access key id of the pair in the Secret. Only the Secret holds the secret access key.'),
    user: z
      .string()
      .max(1024)
      .exactOptional()
      .describe(
        "The pair's user in a store with the IAM API, with its path, as the store's own tools and logs name it. Absent on MinIO, where a user has the name of its access key id.",
      ),
    binding: z
      .object({ name: z.string().describe('The name of the Secret.') })
      .exactOptional()
      .describe('The Secret with a working pair, in the field that servicebinding.io reads.'),
    secretName: z
      .string()
      .exactOptional()
      .describe('The name of the Secret in which the operator last published the pair.'),
    access: z
      .string()
      .exactOptional()
      .describe('A summary of the permissions in force, such as "2 buckets: 1 read_write, 1 read_only".'),
    permissions: z
      .array(
        z.object({
          bucketName: z
            .string()
            .describe('The name of the bucket, or * (every bucket) for an unrestricted key.'),
          permissions: z
            .enum(['none', 'read_only', 'read_write', 'unrestricted'])
            .describe('What the key may do in the bucket.'),
          prefixes: z
            .array(z.string().max(1024))
            .max(1000)
            .exactOptional()
            .describe('The prefixes that confine the key in the bucket. Absent for the whole bucket.'),
          deletion: z
            .boolean()
            .exactOptional()
            .describe(
              'False if the key cannot delete objects or replace versions in the bucket. Absent otherwise.',
            ),
        }),
      )
      .max(1000)
      .exactOptional()
      .meta({
        description:
          'The permissions in force in the store, which may differ from the spec. One entry with bucketName "*" and unrestricted is full access; an empty list is no bucket at all.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['bucketName'],
      }),
    policyDigest: z
      .string()
      .exactOptional()
      .describe('The SHA-256 of the policy document that the operator last wrote to the store.'),
    keyGeneration: int64()
      .exactOptional()
      .describe('The keyGeneration for which the operator issued the pair.'),
    issuedAt: time().exactOptional().describe('When the operator published the pair.'),
    nextRotationAt: time()
      .exactOptional()
      .describe('When the operator replaces the pair. Absent if nothing asks for that.'),
    expiresAt: time().exactOptional().describe('When the operator revokes the key.'),
    previousKeys: z
      .array(
        z.object({
          accessKeyId: z.string().max(MAX_ID).describe('The access key id of the earlier pair.'),
          revokeAt: time().describe('When the store stops accepting it.'),
        }),
      )
      .max(10)
      .exactOptional()
      .meta({
        description: 'Earlier pairs that the store still accepts.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['accessKeyId'],
      }),
  })
  .default(UNOBSERVED)
  .describe('What the operator has found and done. Only the operator writes it.');

/** Rules for the object as a whole. */
export const accessKeyRules = rules(
  {
    // The rule applies only if the AccessKey's name is also the Secret's. Objects older than the rule can
    // still get status and finalizer.
    rule: `has(self.spec.secretName) || !${celIsAnyOf('self.metadata.name', REFUSED_SECRET_NAMES)} || (oldSelf.hasValue() && !has(oldSelf.value().spec.secretName))`,
    optionalOldSelf: true,
    fieldPath: '.spec.secretName',
    reason: 'FieldValueForbidden',
    message: `secretName defaults to the name of the AccessKey, and ${REFUSED_NAME_MESSAGE}`,
  },
  {
    rule: '!has(self.spec.importFrom) || has(self.spec.secretName) || self.spec.importFrom.secretName != self.metadata.name',
    fieldPath: '.spec.importFrom',
    message:
      'importFrom names the Secret that this AccessKey writes, because secretName is missing, but the operator only reads the imported one: set another secretName',
  },
  {
    rule: 'self.metadata.name.size() <= 63',
    message:
      'the name of an AccessKey must have at most 63 characters, because the operator writes it into a label: choose a shorter name, and put the long one in spec.label',
  },
);

/** The kind of the resource. */
export const ACCESS_KEY_KIND = 'AccessKey';

/** The parts of an AccessKey, as the schemas have them. */
export type AccessKeySpec = z.infer<typeof accessKeySpec>;
export type AccessKeyStatus = z.infer<typeof accessKeyStatus>;
export type BucketAccess = NonNullable<AccessKeySpec['bucketAccess']>[number];
/** The permissions in force for one bucket, or for `*`. */
export type EffectivePermission = NonNullable<AccessKeyStatus['permissions']>[number];

/** An AccessKey, as the API server has it. */
export interface AccessKey {
  apiVersion: typeof API_VERSION;
  kind: 'AccessKey';
  metadata: NamespacedMeta;
  spec: AccessKeySpec;
  status: AccessKeyStatus;
}
