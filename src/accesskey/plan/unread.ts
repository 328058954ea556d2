import type { Observed, Unread } from '../observe/observed.ts';
import { wasPublished } from './block-late-publish.ts';
import type { CurrentPair } from './current-pair.ts';
import { planDisable } from './disable.ts';
import { type Effective, effectivePolicy } from './effective-policy.ts';
import { updatePolicy } from './policy-steps.ts';
import { endedEvent, removeEnded, removeTooOld } from './removals.ts';
import { blocked, type Plan } from './step.ts';

/**
 * Plans for a key whose AccessKey or Secret the API server refuses to show. By what the caches and the status
 * name, the operator disables, narrows and ends what is in force (rule 15). It makes and publishes nothing,
 * and leaves users that were never published, since it can't block their late publish.
 */
export function planUnread(o: Observed, { message }: Unread): Plan {
  const current: CurrentPair = { kind: 'blocked', reason: 'KubernetesRefused', message };
  const policy = effectivePolicy(o, { importing: undefined, kept: false });
  const known: Observed = { ...o, attached: undefined };
  if (!policy.enabled) {
    const plan = planDisable(known, policy, current);
    return { ...plan, message: `${plan.message}. Everything else waits: ${message}` };
  }
  const tooOld = removeTooOld(known);
  const removals = [...removeEnded(known, current), ...tooOld].filter(({ accessKeyId }) =>
    wasPublished(o, accessKeyId),
  );
  const update = updatePolicy(o, policy);
  const isInForce = !policy.differs || update.length > 0;
  return {
    ...blocked(current.reason, message),
    ...(isInForce && inForceByStatus(o, policy, removals)),
    ...endedEvent(known, tooOld),
    steps: [...update, ...removals],
  };
}

/** Returns what is in force after the steps: the pairs that the status names, and that policy. */
function inForceByStatus(
  { accessKey: { status } }: Observed,
  { access, digest }: Effective,
  removals: readonly { readonly accessKeyId: string }[],
): Pick<Plan, 'inForce'> {
  const { accessKeyId, user, issuedAt, keyGeneration, nextRotationAt, previousKeys = [] } = status;
  if (accessKeyId === undefined || issuedAt === undefined || keyGeneration === undefined) return {};
  const previous = previousKeys.filter((key) => !removals.some((one) => one.accessKeyId === key.accessKeyId));
  return {
    inForce: {
      accessKeyId,
      ...(user !== undefined && { user }),
      access,
      issuedAt,
      keyGeneration,
      previous,
      policyDigest: digest,
      ...(nextRotationAt !== undefined && { nextRotationAt }),
    },
  };
}
