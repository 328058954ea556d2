import type { Pair } from '../../provider/provider.ts';
import type { Observed } from '../observe/observed.ts';
import { nextRotationAt } from '../rotation/rotation.ts';
import { secretNameOf } from '../secret/facts.ts';
import { secretNameFault } from '../secret/permitted-template.ts';
import { isRefusal, type Refusal } from '../secret/placeholders.ts';
import type { Publication } from '../secret/publication.ts';
import { requestedShape } from '../secret/template-output.ts';
import type { InForce } from '../status/status.ts';
import { bucketTrouble } from './buckets.ts';
import type { PublishedPair } from './current-pair.ts';
import type { Effective } from './effective-policy.ts';
import type { Plan } from './step.ts';

/** Returns the Ready condition after the steps, which include publishing the Secret. */
export function outcome(
  o: Observed,
  policy: Effective,
  { shape: { withheld } }: Publication,
): Pick<Plan, 'reason' | 'message'> {
  if (policy.reason !== 'Issued') {
    return { reason: policy.reason, message: `${policy.refusal}. What was granted before stays in force` };
  }
  const works = `the pair in Secret ${secretNameOf(o.accessKey)} works`;
  const trouble = bucketTrouble(o);
  if (trouble !== undefined)
    return { reason: 'BucketNotCreated', message: `${trouble}. Otherwise, ${works}` };
  return withheld === undefined
    ? { reason: 'Issued', message: works }
    : {
        reason: 'SecretNotAllowed',
        message: `${withheld}. Until then, the Secret lacks it, and ${works}`,
      };
}

/** Returns what the Secret should hold, or why its shape isn't possible. */
export function publicationOf(
  o: Observed,
  { access, retained }: Effective,
  published: PublishedPair,
): Publication | Refusal {
  const { accessKey, store, allowed } = o;
  const { endpoint: issuedBy, publicEndpoint: endpoint, region } = store;
  const { pair, issuedAt, keyGeneration, imported, previous } = published;
  const shape = requestedShape({ accessKey, store, access, allowed }, pair);
  if (isRefusal(shape)) return shape;
  // A pair in use continues in the Secret that holds it. Nothing new begins with what isn't allowed.
  const begins = !hasPair(o) || (!o.secret && secretNameFault(accessKey, allowed) !== undefined);
  if (shape.withheld !== undefined && begins) return { reason: 'SecretNotAllowed', refusal: shape.withheld };
  const user = userIn(o, pair);
  return {
    pair,
    user,
    issuedAt,
    keyGeneration,
    imported,
    previous,
    retained,
    issuedBy,
    endpoint,
    region,
    shape,
  };
}

/** True if somebody may be using a pair of this AccessKey. */
function hasPair({ secret, elsewhere, accessKey }: Observed): boolean {
  return secret !== undefined || elsewhere.length > 0 || accessKey.status.accessKeyId !== undefined;
}

/** Returns what is in force after the steps for a disabled pair. It has no next rotation. */
export function inForceDisabled(
  o: Observed,
  { access, digest }: Effective,
  { pair, issuedAt, keyGeneration, previous }: PublishedPair,
): InForce {
  const { accessKeyId } = pair;
  const user = userIn(o, pair);
  const named = user === accessKeyId ? {} : { user };
  return { accessKeyId, ...named, access, issuedAt, keyGeneration, previous, policyDigest: digest };
}

/** Returns the name of a pair's user, as the store's tools show it. */
function userIn({ store, policyName }: Observed, { accessKeyId }: Pair): string {
  return store.userName(policyName, accessKeyId);
}

/** Returns what is in force after the steps for an active pair, with its next rotation. */
export function inForce(o: Observed, policy: Effective, published: PublishedPair): InForce {
  const { pair, issuedAt } = published;
  const next = nextRotationAt(o.accessKey, { ...pair, issuedAt }, o.maxAgeMs);
  return { ...inForceDisabled(o, policy, published), ...(next !== undefined && { nextRotationAt: next }) };
}
