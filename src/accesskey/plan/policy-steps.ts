import { ownMark } from '../../ownership/mark.ts';
import type { Observed } from '../observe/observed.ts';
import type { Effective } from './effective-policy.ts';
import type { Step } from './step.ts';
import { isRemovable } from './whose-user.ts';

/**
 * Returns the steps that enable users, and then the mark. After a crash in between, the state never looks
 * like somebody else's disabling.
 */
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

/**
 * Returns the step that writes the policy before the first user of a key has it. A store with inline policies
 * keeps none without users: there, the user gets it with its attachment.
 */
export function writeFirstPolicy(o: Observed, policy: Effective): Step[] {
  const isInline = o.store.capabilities.policies === 'Inline';
  const hasUsers = [...o.users.values()].some((user) => user !== undefined);
  return isInline && o.policy === undefined && !hasUsers ? [] : writePolicy(policy);
}

/** Returns the step that writes the policy, if the store holds another one or none. */
export function writePolicy({ differs, policy }: Effective): Step[] {
  return differs
    ? [{ do: 'writePolicy', policy, why: 'the policy in the store is another one, or missing' }]
    : [];
}

/**
 * Returns the step that updates the policy even if the operator can't maintain the pair. Otherwise anyone who
 * can edit the Secret could keep access that was taken away. The mark of a disabled key stays until its users
 * are enabled.
 */
export function updatePolicy(o: Observed, policy: Effective): Step[] {
  const isOwn = ownMark(o.policy, o.cluster, o.accessKey.metadata.uid) !== undefined;
  const fits = policy.bytes <= o.store.capabilities.maxPolicyBytes;
  return isOwn && fits && !policy.markedDisabled ? writePolicy(policy) : [];
}
