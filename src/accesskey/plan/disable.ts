import { isExactlyOurs } from '../../ownership/attached-to.ts';
import type { Observed } from '../observe/observed.ts';
import { blockLatePublish } from './block-late-publish.ts';
import { type CurrentPair, type Issue, isKept, type Kept } from './current-pair.ts';
import type { Effective } from './effective-policy.ts';
import { inForceDisabled } from './outcome.ts';
import { writePolicy } from './policy-steps.ts';
import { removeEnded, removeInherited, withLivingKeys } from './removals.ts';
import { blocked, type Plan, type Step } from './step.ts';

/**
 * Plans for a user that somebody disabled in the store. The operator attaches, replaces and publishes nothing
 * until they enable it (rule 8).
 */
export function planDisabledInStore(o: Observed, policy: Effective, current: Kept | Issue, id: string): Plan {
  return {
    ...blocked(
      'DisabledInStore',
      `user ${id} was disabled in the store; enable it there to use the key again, or delete the AccessKey to revoke it`,
    ),
    steps: [
      ...blockLatePublish(o, removeInherited(o)),
      ...removeInherited(o),
      ...writePolicy(policy),
      ...removeEnded(o, current),
    ],
    ...(current.kind === 'keep' && { inForce: inForceDisabled(o, policy, withLivingKeys(o, current)) }),
  };
}

/**
 * Plans for a key to disable: disables its users and keeps the pair. Makes no user for a key that has none
 * yet.
 */
export function planDisable(o: Observed, policy: Effective, current: CurrentPair): Plan {
  const inherited = removeInherited(o);
  const ended = removeEnded(o, current);
  const gone = [...inherited, ...ended].map((step) => step.accessKeyId);
  const users = [...o.users.keys()].filter(
    (id) => isExactlyOurs(o.users.get(id), o.policyName) && !gone.includes(id),
  );
  const enabled = users.filter((id) => o.users.get(id)?.enabled === true);
  const exists = isKept(current) || users.length > 0;
  const why = policy.reason === 'Disabled' ? 'spec.disabled is true' : 'it is no longer granted';
  const kept = exists
    ? `The store refuses the key; its pair is kept, and works again when ${policy.reason === 'Disabled' ? 'spec.disabled is false' : 'it is granted'}`
    : 'No pair has been issued yet';
  const message = policy.reason === 'Disabled' ? kept : `${policy.refusal}. ${kept}`;
  return {
    ...blocked(policy.reason, message),
    steps: [
      ...blockLatePublish(o, inherited),
      ...inherited,
      // The mark comes before the users, so a crash in between never looks like somebody else's disabling.
      ...(exists ? writePolicy(policy) : []),
      ...enabled.map((accessKeyId): Step => ({ do: 'setUserEnabled', accessKeyId, enabled: false, why })),
      ...ended,
    ],
    ...(isKept(current) && {
      inForce: inForceDisabled(o, policy, withLivingKeys(o, current)),
    }),
    ...(enabled.length > 0 && {
      event: {
        reason: 'Disabled',
        action: 'Disable',
        note: `disabled ${enabled.join(', ')} in the store: ${why}`,
      },
    }),
  };
}
