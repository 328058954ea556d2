import { isSameEndpoint } from '../../api/endpoint.ts';
import { decodeMark, ownershipOf } from '../../ownership/mark.ts';
import type { Pair } from '../../provider/provider.ts';
import { requestedAccess } from '../policy/access.ts';
import { askedVerdict } from '../policy/desired-policy.ts';
import { namedIds, statusIds } from '../secret/candidate-ids.ts';
import { isAsPublished, issuedByOf } from '../secret/facts.ts';
import type { Observed, ObservedSecret } from './observed.ts';

/** The functions of this file say what to read next, by what was read before. None of them reads. */

/** Returns the Secret that says which pair is in force: the one that the spec names, or an earlier one. */
export function pairSecretOf({
  secret,
  elsewhere,
}: Pick<Observed, 'secret' | 'elsewhere'>): ObservedSecret | undefined {
  return secret ?? elsewhere[0];
}

/**
 * True if users of an earlier AccessKey of this name may be attached to the policy. The operator then reads
 * which ones are.
 */
export function mayInherit({
  accessKey,
  cluster,
  policy,
  secret,
  elsewhere,
}: Pick<Observed, 'accessKey' | 'cluster' | 'policy' | 'secret' | 'elsewhere'>): boolean {
  if (!policy) return false;
  const whose = ownershipOf(decodeMark(policy.mark), cluster, accessKey.metadata.uid);
  const controlled = [secret, ...elsewhere].some((some) => some?.ownership === 'controlled');
  return whose === 'predecessor' || (whose === 'unmarked' && !controlled);
}

/** Returns the ids of the users that a plan follows from. */
export function idsToRead(
  o: Pick<Observed, 'accessKey' | 'policyName' | 'secret' | 'elsewhere' | 'attached' | 'suspects'>,
): Set<string> {
  const { status } = o.accessKey;
  const source = pairSecretOf(o);
  return new Set([
    ...(source && source.ownership !== 'foreign' ? namedIds(source.facts, status, o.policyName) : []),
    ...statusIds(status),
    ...(o.attached?.users ?? []),
    ...o.suspects,
  ]);
}

/** Returns the names of the buckets that the key wants created, and may create. A disabled key has none. */
export function bucketsToRead({ accessKey, grants }: Pick<Observed, 'accessKey' | 'grants'>): string[] {
  if (accessKey.spec.disabled || !askedVerdict(accessKey, grants).granted) return [];
  const asked = requestedAccess(accessKey.spec);
  if (typeof asked === 'string' || asked.kind !== 'limited') return [];
  return asked.entries.filter(({ create }) => create).map(({ bucketName }) => bucketName);
}

/**
 * Returns the pair that a signed request must prove, because its Secret isn't as published; undefined if
 * there is none. The operator uses a pair only at the endpoint that issued it. If no record names one, a
 * signature reveals nothing.
 */
export function pairToProve(o: Pick<Observed, 'secret' | 'elsewhere' | 'users' | 'store'>): Pair | undefined {
  const source = pairSecretOf(o);
  if (!source?.pair || source.ownership === 'foreign' || isAsPublished(source.facts)) return undefined;
  const { endpoint } = o.store;
  const issuedHere = isSameEndpoint(issuedByOf(source.facts) ?? endpoint, endpoint);
  return issuedHere && o.users.get(source.pair.accessKeyId) ? source.pair : undefined;
}
