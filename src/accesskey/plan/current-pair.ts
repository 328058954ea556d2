import { isSameEndpoint } from '../../api/endpoint.ts';
import type { Reason } from '../../api/reasons.ts';
import { isExactlyOurs, isUnattached } from '../../ownership/attached-to.ts';
import { decodeMark, ownershipOf } from '../../ownership/mark.ts';
import { accessKeyTag, tagOf } from '../../ownership/names.ts';
import type { Pair } from '../../provider/provider.ts';
import type { Observed, ObservedSecret } from '../observe/observed.ts';
import { recordedTime } from '../rotation/pair-age.ts';
import { type Due, latestEnd, publishedGeneration, rotationDue } from '../rotation/rotation.ts';
import { isAsPublished, isImported, issuedByOf, secretNameOf } from '../secret/facts.ts';
import type { PreviousKey } from '../secret/previous-record.ts';
import { importedPair } from './importable-pair.ts';
import { ageOf } from './observed-age.ts';
import { recordedPreviousKeys } from './replaced-keys.ts';

/** A pair, and what is recorded beside it. */
export interface PublishedPair {
  readonly pair: Pair;
  /** RFC 3339. */
  readonly issuedAt: string;
  readonly keyGeneration: number;
  /** Whether somebody else made it. */
  readonly imported: boolean;
  readonly previous: readonly PreviousKey[];
}

/**
 * What becomes of the pair that is published, if one is.
 * - `keep`: it stands in the store as it should; `due` says why it is to be replaced all the same, if it is
 * - `attach`: its user has lost the policy, and is given it back
 * - `remake`: its user is missing, and is made again with the same pair (rule 2 allows it)
 * - `import`: there is none, and the one that spec.importFrom names is taken over
 * - `issue`: there is none, or none that can be kept: a new pair is made
 * - `blocked`: something of somebody else's is in the way
 * A pair that is kept and `tooOld` is to be replaced whatever else is in the way.
 */
export type CurrentPair =
  | ({
      readonly kind: 'keep' | 'attach' | 'remake';
      readonly due: Due | undefined;
      readonly tooOld: boolean;
    } & PublishedPair)
  | { readonly kind: 'import'; readonly pair: Pair }
  | {
      readonly kind: 'issue';
      readonly why: string;
      readonly previous: readonly PreviousKey[];
      /** What somebody did to the published Secret, if that is why. */
      readonly damage: 'edited' | 'removed' | undefined;
    }
  | { readonly kind: 'blocked'; readonly reason: Reason; readonly message: string };

/** Decides it from the Secret and from what the store shows; the Secret alone proves nothing (rule 2). */
export function currentPair(o: Observed): CurrentPair {
  const source = o.secret ?? o.elsewhere[0];
  if (!source) {
    const damage = o.accessKey.status.accessKeyId === undefined ? undefined : 'removed';
    if (!o.importFrom) return { kind: 'issue', why: 'it has no Secret', previous: [], damage };
    const imported = importedPair(o);
    return 'accessKeyId' in imported ? { kind: 'import', pair: imported } : { ...imported, kind: 'blocked' };
  }
  const previous = recordedPreviousKeys(o, source.facts);
  const issue = (why: string, damage?: 'edited'): CurrentPair => ({ kind: 'issue', why, previous, damage });
  if (!source.pair) {
    return source.ownership === 'controlled'
      ? issue('its Secret lacks the id or the secret', 'edited')
      : notOurs(o, source);
  }
  const { pair } = source;
  const user = o.users.get(pair.accessKeyId);
  const asPublished = isAsPublished(source.facts);
  const issuedBy = issuedByOf(source.facts);
  if (asPublished && issuedBy !== undefined && !isSameEndpoint(issuedBy, o.store.endpoint)) {
    // The pair stays where it was issued: to the new endpoint it is never sent (DESIGN 2.1).
    if (o.store.acceptsNewEndpoint) return issue('the store has a new endpoint, which was accepted');
    return {
      kind: 'blocked',
      reason: 'StoreNotReady',
      message: `the pair in Secret ${source.facts.metadata.name} was issued by ${issuedBy}, and ${o.store.title} now names ${o.store.endpoint}`,
    };
  }
  const age = ageOf(o, source.facts);
  const kept = {
    pair,
    issuedAt: recordedTime(age),
    keyGeneration: publishedGeneration(o.accessKey, source.facts),
    imported: isImported(source.facts),
    previous,
    due: rotationDue(age),
    tooOld: o.clockTrusted && latestEnd(age) <= o.now,
  };
  const named = o.accessKey.status?.accessKeyId === pair.accessKeyId;
  if (isExactlyOurs(user, o.policyName)) {
    if (asPublished || (named && isProven(o, user?.enabled === true))) return { kind: 'keep', ...kept };
    return issue('its Secret was edited', 'edited');
  }
  // An imported id has no tag: Secret and status may both be forged, so the policy's mark has to say it too.
  const imported = named && isImported(source.facts) && isMarkedImported(o);
  const tagFits = tagOf(pair.accessKeyId) === accessKeyTag(o.policyName) || imported;
  if (source.ownership !== 'controlled') {
    if (user ? !(tagFits && isUnattached(user)) : !(tagFits || named)) return notOurs(o, source);
    if (!user) return issue('its user is missing in the store');
  }
  if (!user) {
    return named && asPublished && issuedBy !== undefined
      ? { kind: 'remake', ...kept }
      : issue('its user is missing in the store');
  }
  if (!asPublished) return issue('its Secret was edited', 'edited');
  if (isUnattached(user) && tagFits) {
    return user.enabled
      ? { kind: 'attach', ...kept }
      : {
          kind: 'blocked',
          reason: 'DisabledInStore',
          message: `user ${pair.accessKeyId} was disabled in the store and has no policy; enable it there to use the key again`,
        };
  }
  if (isUnattached(user)) {
    return {
      kind: 'blocked',
      reason: 'StoreConflict',
      message: `user ${pair.accessKeyId} in ${o.store.title} has no policy, and nothing there shows that it is this AccessKey's; remove the Secret for a new pair`,
    };
  }
  const has = `${user.policies.length} policies, ${user.groups.length} groups`;
  return {
    kind: 'blocked',
    reason: 'StoreConflict',
    message: user.policies.includes(o.policyName)
      ? `user ${pair.accessKeyId} is attached to more than policy ${o.policyName} in ${o.store.title} (${has}); detach the others there`
      : `user ${pair.accessKeyId} is attached to others than policy ${o.policyName} in ${o.store.title} (${has}); remove the Secret for a new pair, or attach it there to that policy alone`,
  };
}

/** Whether the store's own record, which no Secret or status can change, says that this AccessKey's pair was imported. */
function isMarkedImported({ policy, accessKey, cluster }: Observed): boolean {
  const mark = policy && decodeMark(policy.id);
  return (
    ownershipOf(mark, cluster, accessKey.metadata.uid) === 'ours' && mark?.flags.has('imported') === true
  );
}

/** A pair that isn't as published counts as ours only where a request signed with it shows our user. */
function isProven(o: Observed, enabled: boolean): boolean {
  if (o.proof?.kind === 'works') return isExactlyOurs(o.proof.user, o.policyName);
  // The store doesn't check the secret of a disabled user: nothing is known against it.
  return o.proof?.kind === 'unknown' && !enabled;
}

function notOurs(o: Observed, source: ObservedSecret): CurrentPair {
  return {
    kind: 'blocked',
    reason: 'SecretConflict',
    message: `Secret ${source.facts.metadata.name} has our label, but its pair is not this AccessKey's; remove it, or set spec.secretName to another name than ${secretNameOf(o.accessKey)}`,
  };
}

/** What the plans have in common: steps, publications and outcomes, each by itself. */

/** A published pair that stays. */
export type Kept = Extract<CurrentPair, { kind: 'keep' | 'attach' | 'remake' }>;

/** The need of a new pair. */
export type Issue = Extract<CurrentPair, { kind: 'issue' }>;

/** Whether the published pair stays. */
export function isKept(current: CurrentPair): current is Kept {
  return current.kind === 'keep' || current.kind === 'attach' || current.kind === 'remake';
}
