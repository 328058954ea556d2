import type { Pair } from '../../provider/provider.ts';
import type { Observed } from '../observe/observed.ts';
import { wantedGeneration } from '../rotation/rotation.ts';
import { isRefusal } from '../secret/placeholders.ts';
import { bucketTrouble, createMissing, withoutBuckets } from './buckets.ts';
import type { PublishedPair } from './current-pair.ts';
import type { Effective } from './effective-policy.ts';
import { inForce, outcome, publicationOf } from './outcome.ts';
import { writePolicy } from './policy-steps.ts';
import { removeInherited, removeLeftovers } from './removals.ts';
import { blocked, type Plan } from './step.ts';

/**
 * Plans to take over the user of the imported pair. One call replaces the user's policies by this one without
 * a gap.
 */
export function planImport(o: Observed, policy: Effective, pair: Pair): Plan {
  const issuedAt = new Date(o.now).toISOString();
  const published: PublishedPair = {
    pair,
    issuedAt,
    keyGeneration: wantedGeneration(o.accessKey),
    imported: true,
    previous: [],
  };
  const publication = publicationOf(o, policy, published);
  if (isRefusal(publication)) return blocked(publication.reason ?? 'SecretRejected', publication.refusal);
  const trouble = bucketTrouble(o);
  if (trouble !== undefined) return withoutBuckets(trouble, []);
  const { accessKeyId } = pair;
  const why = 'spec.importFrom names its pair';
  return {
    steps: [
      ...createMissing(o),
      ...removeInherited(o),
      ...writePolicy(policy),
      { do: 'attachPolicy', accessKeyId, policy: policy.policy, why },
      { do: 'prove', pair, why: 'a pair is proved before it is published' },
      { do: 'publish', publication, over: undefined, why },
      ...removeLeftovers(o, [accessKeyId]),
    ],
    ...outcome(o, policy, publication),
    inForce: inForce(o, policy, published),
    event: {
      reason: 'Imported',
      action: 'Import',
      note: `took over user ${accessKeyId} by the pair in Secret ${o.importFrom?.secretName}`,
    },
  };
}
