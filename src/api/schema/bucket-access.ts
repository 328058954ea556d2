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
    description: 'The name of the bucket, as the store lists it. The bucket need not be there yet.',
    ...rules(
      matches(
        BUCKET_NAME,
        "a bucket's name is lowercase letters, digits, dots and hyphens, and each part between dots begins and ends with a letter or digit: write it as the store lists it, without wildcard, path or scheme",
      ),
      {
        rule: `!self.matches(${celRegex(LIKE_IPV4)})`,
        message: "a bucket's name cannot look like an IP address: write the name as the store lists it",
      },
      {
        rule: `self != '${RESERVED_BUCKET}'`,
        message: `${RESERVED_BUCKET} is a name that the store keeps for itself, no bucket has it: write the name as the store lists it`,
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
            "a prefix is letters, digits, / and !_.'()=+@- alone: write one such as 2026/reports/, without wildcard or variable",
          ),
          {
            rule: `!self.matches(${celRegex(PREFIX_FAULT)})`,
            message:
              'a prefix ends in /, does not begin with it, and has no empty part and none that is . or ..: write one such as 2026/reports/',
          },
        ),
      ),
  )
  .min(1)
  .max(50)
  .meta({
    description:
      'Confine the key to the objects whose names begin with one of these, such as "2026/reports/". It then has none of the bucket\'s settings, and listing needs a prefix too. Names in the bucket stay no secret from the key. The whole bucket, if left out.',
    'x-kubernetes-list-type': 'set',
  });

const entry = z
  .object({
    bucketName,
    permissions: z
      .enum(['none', 'read_only', 'read_write'])
      .describe(
        "What the key may do in the bucket: nothing, read objects and settings, or read, write and delete objects and write settings. A bucket with none shows in the list of buckets all the same, as does one that isn't named.",
      ),
    prefixes: prefixes.exactOptional(),
    create: z
      .boolean()
      .exactOptional()
      .describe(
        "Whether the operator creates the bucket, with the store's defaults, where there is none. Creating is granted as read_write is. A bucket that exists stays as it is, and none is ever deleted.",
      ),
    deletion: z
      .boolean()
      .exactOptional()
      .describe(
        "False, beside read_write: the key adds objects and reads them, but deletes none, replaces no version and writes none of the bucket's settings, as for backups. Switch versioning on in the bucket: without it, whoever writes an object under the name of another replaces it. Default: true.",
      ),
  })
  .meta(
    rules(
      {
        rule: "!has(self.create) || !self.create || self.permissions != 'none'",
        fieldPath: '.create',
        message:
          'create: true has the bucket created for the key, and permissions: none closes it to the key: write read_only or read_write, or remove create',
      },
      {
        rule: "!has(self.deletion) || self.deletion || self.permissions == 'read_write'",
        fieldPath: '.deletion',
        message:
          'deletion: false says what of read_write is left out: write permissions: read_write beside it, or remove deletion',
      },
      {
        rule: "!has(oldSelf.deletion) || oldSelf.deletion || has(self.deletion) || self.permissions != 'read_write'",
        fieldPath: '.deletion',
        message:
          'an entry that says deletion: false lets the key delete only where that is written: write deletion: true, or keep deletion: false',
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
      message: `the prefixes of all buckets have at most ${PREFIXES_MAX} characters in all: write fewer or shorter ones, or make a second AccessKey`,
    }),
    description: 'The buckets that a limited key may use, one entry for each. All others are closed to it.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['bucketName'],
  });
