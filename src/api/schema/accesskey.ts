/** AccessKey: the schema that its CRD is generated from, and its types as the API server returns them. */
import { z } from 'zod';
import { DURATION, DURATION_MAX_LENGTH } from '../duration.ts';
import type { NamespacedMeta } from '../meta.ts';
import type { API_VERSION } from '../names.ts';
import { REFUSED_SECRET_NAME } from '../refused-in-secrets.ts';
import { RFC3339 } from '../time.ts';
import { bucketAccess } from './bucket-access.ts';
import {
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
      'What people call the key, in up to 128 characters. The name of the AccessKey, if left out. A change of it never touches the pair.',
    ...rules(
      matches(
        /^[^\p{Cc}\p{Zl}\p{Zp}]+$/u,
        'a label is one line of text: write it without line breaks, tabs and other control characters',
      ),
      {
        rule: `self.matches(${celRegex(/^[^\p{Cf}]*$/u)}) && ![${INVISIBLE.join(', ')}].exists(character, self.contains(character))`,
        message:
          'a label is read by people: write it without characters that are invisible or turn the direction of text (zero-width characters, bidirectional controls, soft hyphens)',
      },
    ),
  });

const REFUSED_NAME_MESSAGE =
  'other software trusts a Secret of that name, such as a release of Helm or a kubeconfig: write another secretName, such as photo-uploader-s3';

const storeRef = z
  .object({
    kind: z
      .enum(['ClusterObjectStore', 'ObjectStore'])
      .default('ClusterObjectStore')
      .describe('The kind of the store: ClusterObjectStore, or ObjectStore for one of this namespace.'),
    name: dnsSubdomain('store').default('default').describe('The name of the store.'),
  })
  .prefault({})
  .meta({
    description:
      'The store that issues the key; ClusterObjectStore "default", if left out. It can\'t be changed: a key lives and dies in one store.',
    ...rules(
      immutable(
        'storeRef of an AccessKey cannot change: make a new AccessKey for the other store, move the application over to it, then delete this one',
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
        'Whether the key is kept to the buckets of bucketAccess (true) or has full access to every bucket (false), which the store has to grant. Always write it. If left out, a key with bucketAccess is limited and one without is not; a key that was limited stays so until false is written.',
      ),
    bucketAccess: bucketAccess.exactOptional(),
    secretName: dnsSubdomain('Secret', {
      rule: `!self.matches(${celRegex(REFUSED_SECRET_NAME)})`,
      reason: 'FieldValueForbidden',
      message: REFUSED_NAME_MESSAGE,
    })
      .exactOptional()
      .describe(
        'The name of the Secret that the pair is kept in. The name of the AccessKey, if left out. A Secret of that name that belongs to somebody else is never touched.',
      ),
    secretTemplate: secretTemplate.exactOptional(),
    keyGeneration: z
      .number()
      .min(1)
      .max(2_147_483_647)
      .exactOptional()
      .meta({ type: 'integer', format: 'int32' })
      .describe(
        'Raise it to replace the pair by a new one; the old one goes on working for the grace period. A lower number than before changes nothing. 1, if left out.',
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
              'How long a pair is used before it is replaced by itself: 1h to 8760h (a year), longer than gracePeriod. It is replaced up to a tenth of that earlier, so that keys which were made together are not replaced together. If left out, only a maxAge of the store replaces it.',
            ...rules({
              rule: `self.matches(${celRegex(DURATION)}) && duration(self) >= duration('1h') && duration(self) <= duration('8760h')`,
              message:
                'interval is 1h to 8760h (a year), in whole hours, minutes and seconds: write one such as 720h',
            }),
          }),
        gracePeriod: z
          .string()
          .min(1)
          .max(DURATION_MAX_LENGTH)
          .default('24h')
          .meta({
            description:
              'How long a pair that was replaced goes on working: 0s to 168h, in hours, minutes and seconds. 24h, if left out; 0s revokes it at once. Never longer than half of a maxAge of the store.',
            ...rules({
              rule: `self.matches(${celRegex(DURATION)}) && duration(self) <= duration('168h')`,
              message:
                'gracePeriod is 0s to 168h, in whole hours, minutes and seconds: write one such as 24h or 1h30m',
            }),
          }),
      })
      .exactOptional()
      .meta({
        description: 'How pairs are replaced.',
        ...rules({
          rule: `!has(self.interval) || ![self.interval, self.gracePeriod].all(text, text.matches(${celRegex(DURATION)})) || duration(self.interval) > duration(self.gracePeriod)`,
          fieldPath: '.interval',
          message:
            'interval is not longer than gracePeriod (24h, if it is not written), so that replaced pairs would pile up: write a longer interval, or a shorter gracePeriod beside it',
        }),
      }),
    importFrom: z
      .object({ secretName: dnsSubdomain('Secret').describe('The name of the Secret, in this namespace.') })
      .exactOptional()
      .meta({
        description:
          'A Secret whose pair (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) an application uses already: the key takes over its user in the store, once, in place of a new one, and replaces what that user may do by what this object says. The Secret is only read. The store has to grant it.',
        ...rules(
          immutable(
            'importFrom of an AccessKey cannot change, because it acts once: make a new AccessKey for another pair',
          ),
        ),
      }),
    deletionPolicy: z
      .enum(['Delete', 'Retain'])
      .default('Delete')
      .describe(
        'What becomes of the key when this object is deleted: it is revoked, or user, policy and Secret stay as they are, for as long as the store grants it. The same AccessKey, applied again, takes them back.',
      ),
    disabled: z
      .boolean()
      .default(false)
      .describe(
        'Whether the store refuses the key for now. The pair is kept, and works again when this is false. A key that is made disabled gets its pair when it is enabled.',
      ),
    // Not the format date-time, which accepts +24:00 and a comma, and hides the text from the rule.
    expiresAt: z
      .string()
      .max(40)
      .exactOptional()
      .meta({
        description:
          'From then on the key is revoked: its Secret, user and policy are removed, and this object stays and says so. A later time issues a new pair. A time of RFC 3339, such as 2030-01-31T12:00:00Z.',
        ...rules({
          rule: `self.matches(${celRegex(RFC3339)}) && timestamp(self) >= timestamp('1970-01-01T00:00:00Z')`,
          message:
            'expiresAt is a date, a time and a zone of less than 24 hours, as RFC 3339 has them: write one such as 2030-01-31T12:00:00Z',
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
          'importFrom of an AccessKey cannot change, because it acts once: make a new AccessKey for another pair',
      },
      {
        rule: '!has(self.importFrom) || !has(self.secretName) || self.importFrom.secretName != self.secretName',
        fieldPath: '.importFrom',
        message:
          'importFrom and secretName name the same Secret, and the one that is imported is only read: write another name as secretName',
      },
      {
        rule: '!has(self.bucketAccess) || self.bucketAccess.size() > 0 || has(self.limited)',
        fieldPath: '.bucketAccess',
        message:
          'bucketAccess is empty and limited is not written, which may mean no bucket or every bucket: write limited: true for a key that may use no bucket, limited: false for full access, or name the buckets',
      },
      {
        rule: '!has(self.limited) || self.limited || !has(self.bucketAccess) || self.bucketAccess.size() == 0',
        fieldPath: '.limited',
        message:
          'limited: false is full access to every bucket, and bucketAccess names some: write limited: true to keep the key to these buckets, or remove bucketAccess',
      },
      {
        rule: 'has(self.limited) || has(self.bucketAccess) || !(has(oldSelf.limited) ? oldSelf.limited : has(oldSelf.bucketAccess))',
        fieldPath: '.limited',
        reason: 'FieldValueForbidden',
        message:
          'this key is limited, and without limited and bucketAccess it would have full access to every bucket: write limited: true to keep it limited, or limited: false if full access is meant',
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
      .describe('The access key id of the pair in the Secret. The secret access key is in the Secret alone.'),
    binding: z
      .object({ name: z.string().describe('The name of the Secret.') })
      .exactOptional()
      .describe('The Secret with a pair that works, where servicebinding.io looks for it.'),
    secretName: z
      .string()
      .exactOptional()
      .describe('The name of the Secret that the pair was last published in.'),
    access: z
      .string()
      .exactOptional()
      .describe('The permissions in force, in short, such as "2 buckets: 1 read_write, 1 read_only".'),
    permissions: z
      .array(
        z.object({
          bucketName: z
            .string()
            .describe('The name of the bucket; * for every bucket, of an unrestricted key.'),
          permissions: z
            .enum(['none', 'read_only', 'read_write', 'unrestricted'])
            .describe('What the key may do there.'),
          prefixes: z
            .array(z.string().max(1024))
            .max(1000)
            .exactOptional()
            .describe('The prefixes that it is confined to there; absent for the whole bucket.'),
          deletion: z
            .boolean()
            .exactOptional()
            .describe('False: the key deletes nothing there and replaces no version; absent otherwise.'),
        }),
      )
      .max(1000)
      .exactOptional()
      .meta({
        description:
          'What is in force in the store, which is not always what the spec asks for. One entry, bucketName "*" with unrestricted, is full access; an empty list is no bucket at all.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['bucketName'],
      }),
    policyDigest: z
      .string()
      .exactOptional()
      .describe('The SHA-256 of the policy document that was last written to the store.'),
    keyGeneration: int64().exactOptional().describe('The keyGeneration that the pair was issued for.'),
    issuedAt: time().exactOptional().describe('When the pair was published.'),
    nextRotationAt: time()
      .exactOptional()
      .describe('When the pair is replaced by itself; absent where nothing asks for that.'),
    expiresAt: time().exactOptional().describe('When the key is revoked.'),
    previousKeys: z
      .array(
        z.object({
          accessKeyId: z.string().max(MAX_ID).describe('The access key id of the earlier pair.'),
          revokeAt: time().describe('When the store stops taking it.'),
        }),
      )
      .max(10)
      .exactOptional()
      .meta({
        description: 'Earlier pairs that the store still takes.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['accessKeyId'],
      }),
  })
  .default(UNOBSERVED)
  .describe('What the operator has found and done; written by it alone.');

/** Rules for the object as a whole. */
export const accessKeyRules = rules(
  {
    // The rule applies only if the AccessKey's name is also the Secret's. Objects older than the rule can
    // still get status and finalizer.
    rule: `has(self.spec.secretName) || !self.metadata.name.matches(${celRegex(REFUSED_SECRET_NAME)}) || (oldSelf.hasValue() && !has(oldSelf.value().spec.secretName))`,
    optionalOldSelf: true,
    fieldPath: '.spec.secretName',
    reason: 'FieldValueForbidden',
    message: `the Secret has the name of the AccessKey, since secretName is not set: ${REFUSED_NAME_MESSAGE}`,
  },
  {
    rule: '!has(self.spec.importFrom) || has(self.spec.secretName) || self.spec.importFrom.secretName != self.metadata.name',
    fieldPath: '.spec.importFrom',
    message:
      'importFrom names the Secret that this AccessKey would write, since secretName is not set, and the one that is imported is only read: write another name as secretName',
  },
  {
    rule: 'self.metadata.name.size() <= 63',
    message:
      'the name of an AccessKey has at most 63 characters, because it becomes the value of a label: choose a shorter one, and put the long one in spec.label',
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
