import { isExactlyOurs } from '../../ownership/attached-to.ts';
import { decodeMark } from '../../ownership/mark.ts';
import type { Observed } from '../observe/observed.ts';
import { duePreviousKeys, endedKeys, endOf, livingKeys, replacedKeys } from '../rotation/previous-keys.ts';
import { nextRotationAt } from '../rotation/rotation.ts';
import { isRefusal, type Refusal } from '../secret/placeholders.ts';
import { type PreviousKey, type Publication, secretNameOf } from '../secret/publication.ts';
import { requestedShape } from '../secret/template-output.ts';
import type { InForce } from '../status/status.ts';
import { isRemovable } from './conflicts.ts';
import type { CurrentPair, PublishedPair } from './current-pair.ts';
import type { Effective } from './effective-policy.ts';
import type { Plan, Step } from './step.ts';

/** What the plans have in common: steps, publications and outcomes, each by itself. */

/** A published pair that stays. */
export type Kept = Extract<CurrentPair, { kind: 'keep' | 'attach' | 'remake' }>;
/** The need of a new pair. */
export type Issue = Extract<CurrentPair, { kind: 'issue' }>;
type RemoveUser = Extract<Step, { do: 'removeUser' }>;

/** Whether the published pair stays. */
export function isKept(current: CurrentPair): current is Kept {
  return current.kind === 'keep' || current.kind === 'attach' || current.kind === 'remake';
}

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

/** Users first, then the mark: a crash between never looks like somebody else's disabling. */
export function enable(o: Observed, { markedDisabled }: Effective, ids: readonly string[]): Step[] {
  if (!markedDisabled) return [];
  return ids
    .filter((id) => o.users.get(id)?.enabled === false && isRemovable(o, id))
    .map((accessKeyId) => ({
      do: 'setUserEnabled',
      accessKeyId,
      enabled: true,
      why: 'it is to be in force again',
    }));
}

/** The end of a previous key waits for nothing (rule 13), not even where the key itself can't go on. */
export function removeEnded(o: Observed, current: CurrentPair): RemoveUser[] {
  const kept = [o.secret?.facts.accessKeyId, o.accessKey.status.accessKeyId];
  const recorded = 'previous' in current ? current.previous : [];
  return endedKeys(o, replacedKeys(o, recorded, isKept(current) ? current.pair.accessKeyId : undefined))
    .filter(({ accessKeyId }) => !kept.includes(accessKeyId))
    .map(({ accessKeyId }) => ({ do: 'removeUser', accessKeyId, why: 'its grace is over' }));
}

/** The same for those alone whose time has come; how many there are is looked at when another pair is published. */
export function removeDue(o: Observed, replaced: readonly PreviousKey[]): RemoveUser[] {
  const kept = [o.secret?.facts.accessKeyId, o.accessKey.status.accessKeyId];
  return (o.clockTrusted ? duePreviousKeys(replaced, o.now) : [])
    .filter(({ accessKeyId }) => !kept.includes(accessKeyId))
    .map(({ accessKeyId }) => ({ do: 'removeUser', accessKeyId, why: 'its grace is over' }));
}

/**
 * No pair lives longer than the store's grants allow, whatever keeps another one from being published. A user that is
 * disabled is left: the store refuses it anyway, and to enable it is somebody else's to do.
 */
export function removeTooOld(o: Observed): RemoveUser[] {
  if (!o.clockTrusted) return [];
  return [...o.users]
    .filter(([id, user]) => user?.enabled && isExactlyOurs(user, o.policyName) && endOf(o, id) <= o.now)
    .map(([accessKeyId]) => ({
      do: 'removeUser',
      accessKeyId,
      why: "it is older than the store's grants allow",
    }));
}

/** The Event of pairs that ended for their age, and that no other one has replaced. */
export function endedEvent(tooOld: readonly RemoveUser[]): Pick<Plan, 'event'> {
  if (tooOld.length === 0) return {};
  const ids = tooOld.map((step) => step.accessKeyId).join(', ');
  const note = `revoked access key ${ids}: it is older than the store's grants allow, and another one can't be published`;
  return { event: { reason: 'Revoked', action: 'Revoke', note } };
}

/** The pair with those previous keys that may live on. */
export function withLivingKeys(o: Observed, current: Kept): Kept {
  return { ...current, previous: livingKeys(o, replacedKeys(o, current.previous, current.pair.accessKeyId)) };
}

/** Writes the policy where the store holds another one, or none. */
export function writePolicy({ differs, document }: Effective): Step[] {
  return differs
    ? [{ do: 'writePolicy', document, why: 'the policy in the store is another one, or missing' }]
    : [];
}

/**
 * What is in force follows the spec also where the pair can't be looked after: who edits its Secret can't keep what was
 * taken away. The mark of a disabled key stays until its users are enabled.
 */
export function updatePolicy(o: Observed, policy: Effective): Step[] {
  const mark = o.policy && decodeMark(o.policy.id);
  const isOwn = mark?.accessKeyUid === o.accessKey.metadata.uid;
  const fits = policy.bytes <= o.store.actions.maxPolicyBytes;
  return isOwn && fits && !policy.markedDisabled ? writePolicy(policy) : [];
}

/** Removes the Secrets that the pair was in before. */
export function removeMoved(o: Observed): Step[] {
  return o.elsewhere
    .filter((secret) => secret.ownership === 'controlled' || isRemovable(o, secret.pair?.accessKeyId ?? ''))
    .map((secret) => ({ do: 'removeSecret', secret, why: 'the AccessKey names another Secret now' }));
}
