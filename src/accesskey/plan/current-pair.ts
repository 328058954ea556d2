import { isSameEndpoint } from '../../api/endpoint.ts';
import type { Reason } from '../../api/reasons.ts';
import { isExactlyOurs, isUnattached } from '../../ownership/attached-to.ts';
import { ownMark } from '../../ownership/mark.ts';
import { accessKeyTag, tagOf } from '../../ownership/names.ts';
import type { Pair, StoreUser } from '../../provider/provider.ts';
import type { Observed, ObservedSecret } from '../observe/observed.ts';
import { pairSecretOf } from '../observe/to-read.ts';
import { ageOf, recordedTime } from '../rotation/pair-age.ts';
import { boundedPreviousKeys } from '../rotation/previous-keys.ts';
import { type Due, latestEnd, publishedGeneration, rotationDue } from '../rotation/rotation.ts';
import { isAsPublished, isImported, issuedByOf, secretNameOf } from '../secret/facts.ts';
import type { PreviousKey } from '../secret/previous-record.ts';
import { holderOf } from './holder.ts';
import { importedPair } from './importable-pair.ts';

/** A pair, and what the operator records beside it. */
export interface PublishedPair {
  readonly pair: Pair;
  /** RFC 3339. */
  readonly issuedAt: string;
  readonly keyGeneration: number;
  /** True if somebody else made it. */
  readonly imported: boolean;
  readonly previous: readonly PreviousKey[];
}

/**
 * The fate of the published pair, if there is one.
 * - `keep`: the store holds it as it should; `due` says why to replace it, if there is a reason
 * - `attach`: its user has lost the policy, and gets it back
 * - `remake`: its user is missing, and the operator makes it again with the same pair (rule 2 allows it)
 * - `import`: no pair is published, and the operator takes over the one that spec.importFrom names
 * - `issue`: no pair is published, or none that the operator can keep, so it makes a new one
 * - `blocked`: an object of somebody else is in the way
 * The operator replaces a kept pair that is `tooOld` even if something else is in the way.
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
      /** The change that somebody made to the published Secret, if that is the reason. */
      readonly damage: 'edited' | 'removed' | undefined;
    }
  | { readonly kind: 'blocked'; readonly reason: Reason; readonly message: string };

/**
 * Decides what happens to the pair from the Secret and from what the store shows. The Secret alone proves
 * nothing (rule 2).
 */
export function currentPair(o: Observed): CurrentPair {
  const source = pairSecretOf(o);
  if (!source) return withoutSecret(o);
  const age = ageOf(o, source.facts);
  const previous = boundedPreviousKeys(age);
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
    // The pair stays where it was issued. The operator never sends it to the new endpoint.
    if (o.store.acceptsNewEndpoint) return issue('the store has a new endpoint, which was accepted');
    return {
      kind: 'blocked',
      reason: 'StoreNotReady',
      message: `the pair in Secret ${source.facts.metadata.name} was issued by ${issuedBy}, but ${o.store.title} now names ${o.store.endpoint}; ask its administrator to change spec.endpoint back, or to set spec.acceptNewEndpoint: ${o.store.endpoint}`,
    };
  }
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
  // An imported id has no tag. Somebody may forge both Secret and status, so the policy's mark must confirm
  // it.
  const mark = ownMark(o.policy, o.cluster, o.accessKey.metadata.uid);
  const imported = named && isImported(source.facts) && mark?.flags.has('imported') === true;
  const tagFits = tagOf(pair.accessKeyId) === accessKeyTag(o.policyName) || imported;
  if (source.ownership !== 'controlled') {
    if (user ? !(tagFits && isUnattached(user)) : !(tagFits || named)) return notOurs(o, source);
    if (!user) return issue('its user is missing in the store');
  }
  if (!user) {
    return named && asPublished && issuedBy !== undefined && o.store.capabilities.restoresPairs
      ? { kind: 'remake', ...kept }
      : issue('its user is missing in the store');
  }
  if (!asPublished) return issue('its Secret was edited', 'edited');
  if (isUnattached(user) && tagFits && user.enabled) return { kind: 'attach', ...kept };
  return blockedBy(o, user, tagFits);
}

function withoutSecret(o: Observed): CurrentPair {
  const damage = o.accessKey.status.accessKeyId === undefined ? undefined : 'removed';
  if (!o.importFrom) return { kind: 'issue', why: 'it has no Secret', previous: [], damage };
  const imported = importedPair(o);
  return 'accessKeyId' in imported ? { kind: 'import', pair: imported } : { ...imported, kind: 'blocked' };
}

/** Returns what somebody has to change about a user that has no policy, or others than its own. */
function blockedBy({ store, policyName }: Observed, user: StoreUser, tagFits: boolean): CurrentPair {
  const { accessKeyId, policies, groups } = user;
  const blocked = (reason: Reason, message: string): CurrentPair => ({ kind: 'blocked', reason, message });
  if (isUnattached(user)) {
    return tagFits
      ? blocked(
          'DisabledInStore',
          `user ${accessKeyId} was disabled in the store and has no policy; enable it there to use the key again`,
        )
      : blocked(
          'StoreConflict',
          `user ${accessKeyId} in ${store.title} has no policy, and nothing there shows that it is this AccessKey's; remove the Secret to get a new pair`,
        );
  }
  const has = `${policies.length} policies, ${groups.length} groups`;
  return blocked(
    'StoreConflict',
    policies.includes(policyName)
      ? `user ${accessKeyId} is attached to more than policy ${policyName} in ${store.title} (${has}); detach the others there`
      : `user ${accessKeyId} is attached to other policies than ${policyName} in ${store.title} (${has}); remove the Secret to get a new pair, or attach the user to that policy alone`,
  );
}

/**
 * True if the pair belongs to this AccessKey. If it isn't as published, a request signed with it must show
 * the AccessKey's user.
 */
function isProven(o: Observed, enabled: boolean): boolean {
  if (o.proof?.kind === 'works') return isExactlyOurs(o.proof.user, o.policyName);
  // The store doesn't check the secret of a disabled user, so nothing speaks against the pair.
  return o.proof?.kind === 'unknown' && !enabled;
}

function notOurs(o: Observed, source: ObservedSecret): CurrentPair {
  return {
    kind: 'blocked',
    reason: 'SecretConflict',
    message: `Secret ${source.facts.metadata.name} has the operator's label, but its pair is not this AccessKey's${holderOf(source)}; remove it, or set spec.secretName to a name other than ${secretNameOf(o.accessKey)}`,
  };
}

/** A published pair that stays. */
export type Kept = Extract<CurrentPair, { kind: 'keep' | 'attach' | 'remake' }>;

/** The need of a new pair. */
export type Issue = Extract<CurrentPair, { kind: 'issue' }>;

/** True if the published pair stays. */
export function isKept(current: CurrentPair): current is Kept {
  return current.kind === 'keep' || current.kind === 'attach' || current.kind === 'remake';
}
