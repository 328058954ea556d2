import { isExactlyOurs } from '../../ownership/attached-to.ts';
import type { Observed } from '../observe/observed.ts';
import { duePreviousKeys } from '../rotation/previous-keys.ts';
import type { PreviousKey } from '../secret/previous-record.ts';
import { type CurrentPair, isKept, type Kept } from './current-pair.ts';
import { endedKeys, endOf, livingKeys, replacedKeys } from './replaced-keys.ts';
import type { Plan, Step } from './step.ts';
import { isInherited, isRemovable } from './whose-user.ts';

type RemoveUser = Extract<Step, { do: 'removeUser' }>;

/**
 * "A name used again inherits nothing" (rule 2): removes whoever is attached to a policy of this name that
 * another AccessKey left, but the user of the Secret that is this AccessKey's own.
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
 * Removes every user of this AccessKey that came up and isn't kept: made and not published, or replaced and beyond
 * the previous keys. Comes after a pair has been published.
 */
export function removeLeftovers(o: Observed, kept: readonly string[]): RemoveUser[] {
  return [...o.users.keys()]
    .filter((id) => !kept.includes(id) && !isInherited(o, id) && isRemovable(o, id))
    .map((accessKeyId) => ({
      do: 'removeUser',
      accessKeyId,
      why: 'it was made and not published, or was replaced',
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

/**
 * Returns the Event of pairs that ended for their age, and that no other one has replaced. The status forgets a pair whose
 * user is removed: only its name there would let the user be made again.
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

/** The pair with those previous keys that may live on. */
export function withLivingKeys(o: Observed, current: Kept): Kept {
  return { ...current, previous: livingKeys(o, replacedKeys(o, current.previous, current.pair.accessKeyId)) };
}

/** Removes the Secrets that the pair was in before. */
export function removeMoved(o: Observed): Step[] {
  return o.elsewhere
    .filter((secret) => secret.ownership === 'controlled' || isRemovable(o, secret.pair?.accessKeyId ?? ''))
    .map((secret) => ({ do: 'removeSecret', secret, why: 'the AccessKey names another Secret now' }));
}
