import type { Observed } from '../observe/observed.ts';
import { nextRotationAt } from '../rotation/rotation.ts';
import { secretNameOf } from '../secret/facts.ts';
import { isRefusal, type Refusal } from '../secret/placeholders.ts';
import type { Publication } from '../secret/publication.ts';
import { requestedShape } from '../secret/template-output.ts';
import type { InForce } from '../status/status.ts';
import type { PublishedPair } from './current-pair.ts';
import type { Effective } from './effective-policy.ts';
import type { Plan } from './step.ts';

/** The Ready condition once the steps are done. */
export function outcome(o: Observed, policy: Effective): Pick<Plan, 'reason' | 'message'> {
  return policy.reason === 'Issued'
    ? { reason: 'Issued', message: `the pair in Secret ${secretNameOf(o.accessKey)} works` }
    : { reason: policy.reason, message: `${policy.refusal}. What was granted before stays in force` };
}

/** What the Secret is to hold; or why its shape can't be had. */
export function publicationOf(
  o: Observed,
  { access, retained }: Effective,
  published: PublishedPair,
): Publication | Refusal {
  const { endpoint: issuedBy, publicEndpoint: endpoint, region } = o.store;
  const { pair, issuedAt, keyGeneration, imported, previous } = published;
  const shape = requestedShape({ accessKey: o.accessKey, store: o.store, access }, pair);
  if (isRefusal(shape)) return shape;
  return { pair, issuedAt, keyGeneration, imported, previous, retained, issuedBy, endpoint, region, shape };
}

/** What holds once the steps are done. */
export function inForce(
  policy: Effective,
  { pair, issuedAt, keyGeneration, previous }: PublishedPair,
): InForce {
  const { access, digest } = policy;
  return { accessKeyId: pair.accessKeyId, access, issuedAt, keyGeneration, previous, policyDigest: digest };
}

/** The same of a pair that is replaced in its time: one that rests isn't. */
export function inUse(o: Observed, policy: Effective, published: PublishedPair): InForce {
  const { pair, issuedAt } = published;
  const next = nextRotationAt(o.accessKey, { ...pair, issuedAt }, o.maxAgeMs);
  return { ...inForce(policy, published), ...(next !== undefined && { nextRotationAt: next }) };
}
