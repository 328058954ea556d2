import type { Pair } from '../../provider/provider.ts';
import type { Observed } from '../observe/observed.ts';
import { inSafeOrder } from './block-late-publish.ts';
import { policyConflictOf, secretConflictOf } from './conflicts.ts';
import { type CurrentPair, currentPair, type Issue, isKept, type Kept } from './current-pair.ts';
import { planDisable, planDisabledInStore } from './disable.ts';
import { disabledInStore, effectivePolicy } from './effective-policy.ts';
import { planImport } from './import.ts';
import { planInheritance } from './inheritance.ts';
import { planIssue } from './issue.ts';
import { planKeep } from './keep.ts';
import { updatePolicy } from './policy-steps.ts';
import { waitToReissue } from './reissue-brake.ts';
import { endedEvent, removeEnded, removeTooOld } from './removals.ts';
import { blocked, type Plan } from './step.ts';
import { planUnread } from './unread.ts';

/**
 * Plans for an AccessKey that should exist. The function is pure: the same observation gives the same plan,
 * except for the pair that `makePair` returns. After a plan is applied, the next one has no steps.
 */
export function planKey(o: Observed, makePair: () => Pair): Plan {
  const conflict = policyConflictOf(o);
  if (conflict) return conflict;
  if (o.unread) return planUnread(o, o.unread);
  if (o.attached && o.attached.more > 0) return planInheritance(o, o.attached.more);
  const foreign = secretConflictOf(o);
  const current: CurrentPair = foreign ? { ...foreign, kind: 'blocked' } : currentPair(o);
  const policy = effectivePolicy(o, { importing: willBeImported(o, current), kept: isKept(current) });
  // Disable before checking for conflicts; otherwise anyone who can edit the Secret could keep revoked access
  // alive.
  if (!policy.enabled) return planDisable(o, policy, current);
  const tooOld = removeTooOld(o);
  /** Returns the plan for a pair that the operator can't maintain now. Access and pairs still end on time. */
  const halted = ({ steps, ...plan }: Plan): Plan => {
    const removals = [...removeEnded(o, current), ...tooOld, ...steps];
    return {
      ...plan,
      ...endedEvent(o, tooOld),
      steps: [...updatePolicy(o, policy), ...inSafeOrder(o, removals)],
    };
  };
  if (foreign) return halted(foreign);
  if (current.kind === 'blocked') return halted(blocked(current.reason, current.message));
  // What is in force has grown since, by its label or its grants.
  if (policy.bytes > o.store.capabilities.maxPolicyBytes)
    return halted(blocked('PolicyTooLarge', policy.refusal ?? ''));
  if (current.kind === 'import') return planImport(o, policy, current.pair);
  const disabled = policy.markedDisabled ? undefined : disabledInStore(o);
  if (disabled !== undefined) return planDisabledInStore(o, policy, current, disabled);
  if (current.kind === 'issue') {
    const wait = waitToReissue(o, current);
    if (wait) return halted(wait);
    return { ...planIssue(o, policy, current, makePair()), answersDamage: current.damage !== undefined };
  }
  if (isReplaced(o, current)) {
    const why = current.due?.why ?? "it is older than the store's grants allow";
    const issue: Issue = { kind: 'issue', why, previous: current.previous, damage: undefined };
    const rotation = planIssue(o, policy, issue, makePair());
    // If the operator can't publish the new pair, it maintains the one in force, as long as that may live on.
    if (current.tooOld || rotation.inForce) return rotation;
  }
  return planKeep(o, policy, current);
}

/** True if somebody else made the pair that will be in force; undefined if that is unknown. */
function willBeImported(o: Observed, current: CurrentPair): boolean | undefined {
  if (current.kind === 'import') return true;
  if (current.kind === 'blocked') return undefined;
  return isKept(current) && current.imported && !isReplaced(o, current);
}

/**
 * True if the operator replaces a pair that it could keep. It repairs a pair first, unless the pair is too
 * old for that.
 */
function isReplaced({ clockTrusted }: Observed, { kind, due, tooOld }: Kept): boolean {
  return tooOld || (kind === 'keep' && due !== undefined && (clockTrusted || !due.byTime));
}
