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
      .meta({ description: 'The namespaces of these names.', 'x-kubernetes-list-type': 'set' }),
    matchLabels: z.record(z.string(), z.string().max(63)).exactOptional().meta({
      description:
        'The namespaces that have all these labels. Whoever can label a namespace can then give it this grant.',
      minProperties: 1,
      maxProperties: 16,
    }),
    all: z.boolean().exactOptional().describe('Every namespace; true is the one value.'),
  })
  .meta({
    description: 'The namespaces that the grant is for: names, matchLabels or all, one of the three.',
    ...rules({
      rule: '[has(self.names), has(self.matchLabels), has(self.all)].filter(given, given).size() == 1 && (!has(self.all) || self.all)',
      message:
        'a grant says for which namespaces it is in one way: write names: [..], matchLabels: {..} or all: true, and one of them alone',
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
            "a bucket pattern is a bucket's name, in which * may stand at the end, and {namespace} once, at the end or before a dot, so that it never reaches into another namespace's buckets: write one such as shop-photos, shop-*, {namespace}.* or data-{namespace}",
          ),
        ),
      ),
  )
  .max(50)
  .meta({
    description:
      'The buckets that may be asked for, and created: names, or patterns such as shop-*, {namespace}.* (the namespace of the AccessKey) and * (every bucket).',
    'x-kubernetes-list-type': 'set',
  });

const grant = z.object({
  namespaces,
  buckets,
  permissions: z
    .enum(['read_only', 'read_write'])
    .default('read_write')
    .describe('The most that may be asked for in these buckets.'),
  unrestricted: z
    .boolean()
    .default(false)
    .describe('Whether keys may have full access to every bucket of the store, whatever buckets says.'),
  maxAge: z
    .string()
    .min(1)
    .max(DURATION_MAX_LENGTH)
    .exactOptional()
    .meta({
      description:
        'No pair of these namespaces lives longer, whether its AccessKey asks for that or not: 2h to 87600h (ten years). Pairs are replaced a grace period earlier, which is then at most half of it. The smallest of all grants for a namespace counts, whichever buckets they are for.',
      ...rules({
        rule: `self.matches(${celRegex(DURATION)}) && duration(self) >= duration('2h') && duration(self) <= duration('87600h')`,
        message:
          'maxAge is 2h to 87600h (ten years), in whole hours, minutes and seconds: write one such as 2160h',
      }),
    }),
  allowImport: z
    .boolean()
    .default(false)
    .describe('Whether keys may take over users that are there already (importFrom).'),
  allowRetain: z
    .boolean()
    .default(false)
    .describe('Whether keys may outlive their AccessKey (deletionPolicy: Retain).'),
  bucketSettings: z
    .boolean()
    .default(true)
    .describe(
      "Whether read_write writes the buckets' own settings too: notification, replication, lifecycle and versioning. One of the grants that cover a bucket suffices.",
    ),
});

/** The schema of the grants of a store to namespaces. */
export const grants = z.array(grant).max(50).meta({
  description:
    'Which namespaces may ask for what. A key is issued where the grants for its namespace cover all that it asks for; nothing is granted by default, and an empty list grants nothing.',
  'x-kubernetes-list-type': 'atomic',
});
