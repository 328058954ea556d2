import { isExactlyOurs } from '../../ownership/attached-to.ts';
import type { Observed } from '../observe/observed.ts';
import { duePreviousKeys } from '../rotation/previous-keys.ts';
import type { PreviousKey } from '../secret/previous-record.ts';
import { type CurrentPair, isKept, type Kept } from './current-pair.ts';
import { endedKeys, endOf, livingKeys, replacedKeys } from './replaced-keys.ts';
import type { Plan, Step } from './step.ts';
import { isInherited, isRemovable } from './whose-user.ts';

/** The removal of one user. */
export type RemoveUser = Extract<Step, { do: 'removeUser' }>;

/**
 * Returns steps that remove users attached to a policy of this name that another AccessKey left: "A name used
 * again inherits nothing" (rule 2). The user in this AccessKey's own Secret stays.
 */
export function removeInherited(o: Observed): RemoveUser[] {
  return (o.attached?.users ?? [])
    .filter((id) => isInherited(o, id) && isExactlyOurs(o.users.get(id), o.policyName))
    .map((accessKeyId) => ({
      do: 'removeUser',
      accessKeyId,
      why: 'it was attached to a policy of this name before this AccessKey was',
    }));
}

/**
 * Returns steps that remove every user of this AccessKey that came up and that the plan doesn't keep. It was
 * made and not published, or it was replaced and is no longer a previous key. The steps come after a pair's
 * publication.
 */
export function removeLeftovers(o: Observed, kept: readonly string[]): RemoveUser[] {
  return [...o.users.keys()]
    .filter((id) => !kept.includes(id) && !isInherited(o, id) && isRemovable(o, id))
    .map((accessKeyId) => ({
      do: 'removeUser',
      accessKeyId,
      why: 'it was never published, or was replaced',
    }));
}

/** Returns steps that end previous keys on time (rule 13), even if the key itself is blocked. */
export function removeEnded(o: Observed, current: CurrentPair): RemoveUser[] {
  const kept = [o.secret?.facts.accessKeyId, o.accessKey.status.accessKeyId];
  const recorded = 'previous' in current ? current.previous : [];
  return endedKeys(o, replacedKeys(o, recorded, isKept(current) ? current.pair.accessKeyId : undefined))
    .filter(({ accessKeyId }) => !kept.includes(accessKeyId))
    .map(({ accessKeyId }) => ({ do: 'removeUser', accessKeyId, why: 'its grace is over' }));
}

/**
 * Returns steps that remove only previous keys whose time has come. The operator checks their number when it
 * publishes another pair.
 */
export function removeDue(o: Observed, replaced: readonly PreviousKey[]): RemoveUser[] {
  const kept = [o.secret?.facts.accessKeyId, o.accessKey.status.accessKeyId];
  return (o.clockTrusted ? duePreviousKeys(replaced, o.now) : [])
    .filter(({ accessKeyId }) => !kept.includes(accessKeyId))
    .map(({ accessKeyId }) => ({ do: 'removeUser', accessKeyId, why: 'its grace is over' }));
}

/**
 * Returns steps that remove pairs older than the store's grants allow, even if the operator can't publish
 * another one. They leave a disabled user alone: the store refuses it anyway, and somebody else must enable
 * it.
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

/**
 * Returns the Event on pairs that ended for their age without a replacement. The status forgets a pair whose
 * user is removed, because only its name there would let the operator make the user again.
 */
export function endedEvent(o: Observed, tooOld: readonly RemoveUser[]): Pick<Plan, 'event' | 'inForce'> {
  if (tooOld.length === 0) return {};
  const ids = tooOld.map((step) => step.accessKeyId);
  const note = `revoked access key ${ids.join(', ')}: it is older than the store's grants allow, and another one can't be published`;
  const { accessKeyId } = o.accessKey.status;
  return {
    event: { reason: 'Revoked', action: 'Revoke', note },
    ...(accessKeyId !== undefined && ids.includes(accessKeyId) && { inForce: null }),
  };
}

/** Returns the pair with the previous keys that may live on. */
export function withLivingKeys(o: Observed, current: Kept): Kept {
  return { ...current, previous: livingKeys(o, replacedKeys(o, current.previous, current.pair.accessKeyId)) };
}

/** Returns steps that remove the Secrets that held the pair before. */
export function removeMoved(o: Observed): Step[] {
  return o.elsewhere
    .filter((secret) => secret.ownership === 'controlled' || isRemovable(o, secret.pair?.accessKeyId ?? ''))
    .map((secret) => ({ do: 'removeSecret', secret, why: 'the AccessKey names another Secret now' }));
}
