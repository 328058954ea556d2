/** The schema of a store's spec.grants: which namespaces may ask for what. */
import { z } from 'zod';
import { DURATION, DURATION_MAX_LENGTH } from '../duration.ts';
import { GRANT_PATTERN, GRANT_PATTERN_MAX } from '../grant-pattern.ts';
import { celRegex, dnsLabel, matches, rules } from './schema.ts';

const namespaces = z
  .object({
    names: z
      .array(dnsLabel())
      .min(1)
      .max(100)
      .exactOptional()
      .meta({ description: 'The names of namespaces.', 'x-kubernetes-list-type': 'set' }),
    matchLabels: z.record(z.string(), z.string().max(63)).exactOptional().meta({
      description:
        'Labels that a namespace must have, all of them. Anyone who can label a namespace can then give it this grant.',
      minProperties: 1,
      maxProperties: 16,
    }),
    all: z.boolean().exactOptional().describe('Every namespace. Must be true.'),
  })
  .meta({
    description: 'The namespaces that the grant is for: exactly one of names, matchLabels and all.',
    ...rules({
      rule: '[has(self.names), has(self.matchLabels), has(self.all)].filter(given, given).size() == 1 && (!has(self.all) || self.all)',
      message:
        'namespaces must have exactly one of names, matchLabels and all: write names: [..], matchLabels: {..} or all: true',
    }),
  });

const buckets = z
  .array(
    z
      .string()
      .min(1)
      .max(GRANT_PATTERN_MAX)
      .meta(
        rules(
          matches(
            GRANT_PATTERN,
            "a bucket pattern must be a bucket's name, with * only at the end, and {namespace} once, at the end or before a dot, so that it never matches another namespace's buckets: write, for example, shop-photos, shop-*, {namespace}.* or data-{namespace}",
          ),
        ),
      ),
  )
  .max(50)
  .meta({
    description:
      'The buckets that keys may use and create: names, or patterns such as shop-*, {namespace}.* (the namespace of the AccessKey) and * (every bucket).',
    'x-kubernetes-list-type': 'set',
  });

const grant = z.object({
  namespaces,
  buckets,
  permissions: z
    .enum(['read_only', 'read_write'])
    .default('read_write')
    .describe('The maximum permissions in these buckets.'),
  unrestricted: z
    .boolean()
    .default(false)
    .describe('True allows keys with full access to every bucket of the store, regardless of buckets.'),
  maxAge: z
    .string()
    .min(1)
    .max(DURATION_MAX_LENGTH)
    .exactOptional()
    .meta({
      description:
        'The maximum age of every pair in these namespaces, whether its AccessKey asks for that or not: 2h to 87600h (ten years). The operator replaces pairs one grace period earlier; the grace period is then at most half of maxAge. The smallest maxAge of all grants for a namespace counts, whichever buckets they are for.',
      ...rules({
        rule: `self.matches(${celRegex(DURATION)}) && duration(self) >= duration('2h') && duration(self) <= duration('87600h')`,
        message:
          'maxAge must be 2h to 87600h (ten years), in whole hours, minutes and seconds: write, for example, 2160h',
      }),
    }),
  allowImport: z
    .boolean()
    .default(false)
    .describe('True allows keys to take over existing users (importFrom).'),
  allowRetain: z
    .boolean()
    .default(false)
    .describe('True allows keys to outlive their AccessKey (deletionPolicy: Retain).'),
  bucketSettings: z
    .boolean()
    .default(true)
    .describe(
      "False withholds the buckets' settings from read_write: notification, replication, lifecycle and versioning. True in one of the grants that cover a bucket suffices.",
    ),
});

/** The schema of the grants of a store to namespaces. */
export const grants = z.array(grant).max(50).meta({
  description:
    'Which namespaces may ask for what. The operator issues a key if the grants for its namespace cover everything that it asks for. Nothing is granted by default; an empty list grants nothing.',
  'x-kubernetes-list-type': 'atomic',
});
