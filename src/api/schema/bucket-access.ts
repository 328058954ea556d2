/** The schema of spec.bucketAccess: which buckets a limited key may use, and what for. */
import { z } from 'zod';
import {
  BUCKET_NAME,
  BUCKET_NAME_MAX,
  BUCKET_NAME_MIN,
  LIKE_IPV4,
  PREFIX_CHARACTERS,
  PREFIX_FAULT,
  PREFIX_MAX,
  PREFIXES_MAX,
  RESERVED_BUCKET,
} from '../bucket-name.ts';
import { celRegex, matches, rules } from './schema.ts';

const bucketName = z
  .string()
  .min(BUCKET_NAME_MIN)
  .max(BUCKET_NAME_MAX)
  .meta({
    description: 'The name of the bucket, as the store lists it. The bucket need not exist yet.',
    ...rules(
      matches(
        BUCKET_NAME,
        'bucketName must consist of lowercase letters, digits, dots and hyphens, and each part between dots must begin and end with a letter or digit: write the name as the store lists it, without wildcard, path or scheme',
      ),
      {
        rule: `!self.matches(${celRegex(LIKE_IPV4)})`,
        message: 'bucketName must not look like an IP address: write the name as the store lists it',
      },
      {
        rule: `self != '${RESERVED_BUCKET}'`,
        message: `bucketName must not be ${RESERVED_BUCKET}, which the store reserves for itself: write the name as the store lists it`,
      },
    ),
  });

const prefixes = z
  .array(
    z
      .string()
      .min(1)
      .max(PREFIX_MAX)
      .meta(
        rules(
          matches(
            PREFIX_CHARACTERS,
            "a prefix must consist of letters, digits, / and !_.'()=+@-: write, for example, 2026/reports/, without wildcard or variable",
          ),
          {
            rule: `!self.matches(${celRegex(PREFIX_FAULT)})`,
            message:
              'a prefix must end in /, and must not begin with / or contain an empty part, . or ..: write, for example, 2026/reports/',
          },
        ),
      ),
  )
  .min(1)
  .max(50)
  .meta({
    description:
      'Confines the key to objects whose names begin with one of these, such as "2026/reports/". The key then cannot use the bucket\'s settings, and can only list below a prefix. It can still find out the names of other objects in the bucket. Default: the whole bucket.',
    'x-kubernetes-list-type': 'set',
  });

const entry = z
  .object({
    bucketName,
    permissions: z
      .enum(['none', 'read_only', 'read_write'])
      .describe(
        'What the key may do in the bucket. none: nothing. read_only: read objects and settings. read_write: read, write and delete objects, and read and write settings. The list of buckets also shows buckets with none and buckets that have no entry.',
      ),
    prefixes: prefixes.exactOptional(),
    create: z
      .boolean()
      .exactOptional()
      .describe(
        "True: the operator creates the bucket, with the store's defaults, if it does not exist. This needs the grant that read_write needs. The operator leaves an existing bucket as it is, and never deletes one.",
      ),
    deletion: z
      .boolean()
      .exactOptional()
      .describe(
        "False, beside read_write: the key adds and reads objects, but cannot delete objects, replace versions or write the bucket's settings. Use it for backups. Enable versioning in the bucket; without it, an object that is written under an existing name replaces the old one. Default: true.",
      ),
  })
  .meta(
    rules(
      {
        rule: "!has(self.create) || !self.create || self.permissions != 'none'",
        fieldPath: '.create',
        message:
          'create: true creates the bucket for the key, but permissions: none closes it to the key: set read_only or read_write, or remove create',
      },
      {
        rule: "!has(self.deletion) || self.deletion || self.permissions == 'read_write'",
        fieldPath: '.deletion',
        message:
          'deletion: false takes deleting out of read_write: set permissions: read_write, or remove deletion',
      },
      {
        rule: "!has(oldSelf.deletion) || oldSelf.deletion || has(self.deletion) || self.permissions != 'read_write'",
        fieldPath: '.deletion',
        message:
          'this entry has deletion: false, and without the field the key could delete: set deletion: true to allow that, or keep deletion: false',
      },
    ),
  );

/** The entries of a limited key. */
export const bucketAccess = z
  .array(entry)
  .max(100)
  .meta({
    ...rules({
      rule: `self.map(entry, has(entry.prefixes) ? entry.prefixes.map(prefix, prefix.size()).sum() : 0).sum() <= ${PREFIXES_MAX}`,
      message: `the prefixes of all buckets must have at most ${PREFIXES_MAX} characters in total: write fewer or shorter prefixes, or create a second AccessKey`,
    }),
    description:
      'The buckets that a limited key may use, one entry for each. The key cannot use any other bucket.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['bucketName'],
  });
