import type { Pair } from '../../provider/provider.ts';
import type { Observed } from '../observe/observed.ts';
import { summarizeAccess } from '../policy/access.ts';
import { duePreviousKeys } from '../rotation/previous-keys.ts';
import { secretNameOf } from '../secret/facts.ts';
import { isRefusal } from '../secret/placeholders.ts';
import { holds, type Publication } from '../secret/publication.ts';
import { blockLatePublish } from './block-late-publish.ts';
import { createMissing } from './buckets.ts';
import type { Kept } from './current-pair.ts';
import type { Effective } from './effective-policy.ts';
import { inForce, outcome, publicationOf } from './outcome.ts';
import { enable, writePolicy } from './policy-steps.ts';
import { removeDue, removeInherited, removeLeftovers, removeMoved } from './removals.ts';
import { livingKeys, replacedKeys } from './replaced-keys.ts';
import { damageOf } from './secret-drift.ts';
import type { Plan, Step } from './step.ts';

/** Plans for a pair that stays: repairs everything beside it that isn't as it should be. */
export function planKeep(o: Observed, policy: Effective, current: Kept): Plan {
  const { kind, pair, previous: recorded } = current;
  const { accessKeyId } = pair;
  const replaced = replacedKeys(o, recorded, accessKeyId);
  const previous = livingKeys(o, replaced);
  const published = { ...current, previous };
  const publication = publicationOf(o, policy, published);
  const kept = [accessKeyId, ...previous.map((key) => key.accessKeyId)];
  const enabling = enable(o, policy, kept);
  const refused = isRefusal(publication);
  const event = eventOf(kind, policy, accessKeyId) ?? (refused ? undefined : secretEventOf(o, publication));
  const inherited = removeInherited(o);
  const due = removeDue(o, replaced);
  const leftovers = removeLeftovers(o, [...kept, ...due.map((step) => step.accessKeyId)]);
  return {
    steps: [
      ...createMissing(o),
      // Previous keys end on time, even if the operator can't write the Secret.
      ...due,
      ...blockLatePublish(o, [...inherited, ...leftovers]),
      ...inherited,
      ...enabling,
      ...writePolicy(policy),
      ...repairOf(kind, pair, policy, enabling.length > 0),
      ...(refused ? [] : [...publishKept(o, publication), ...removeMoved(o)]),
      ...leftovers,
    ],
    ...(refused
      ? {
          reason: publication.reason ?? 'SecretRejected',
          message: `${publication.refusal}. The pair stays as it is`,
        }
      : !o.clockTrusted && (current.due?.byTime || duePreviousKeys(replaced, o.now).length > 0)
        ? clockSkew
        : outcome(o, policy, publication)),
    // The status names the Secret that holds the pair.
    ...(!(refused && o.secret === undefined) && { inForce: inForce(o, policy, published) }),
    ...(event && { event }),
  };
}

const clockSkew = {
  reason: 'ClockSkew',
  message:
    "a rotation or a previous key's end is due, but this machine's clock and the API server's differ by more than a minute; correct them",
} as const;

function publishKept(o: Observed, publication: Publication): Step[] {
  if (o.secret && holds(o.secret.facts, o.accessKey, publication)) return [];
  return [{ do: 'publish', publication, over: o.secret, why: 'the Secret is not as it should be' }];
}

/**
 * Returns the steps that repair the pair's user. The store can't tell a disabled user's secret from a wrong
 * one, so the operator proves a pair that it enables before it publishes it again.
 */
function repairOf(kind: Kept['kind'], pair: Pair, { policy }: Effective, enabling: boolean): Step[] {
  const { accessKeyId } = pair;
  const prove: Step = { do: 'prove', pair, why: 'what was repaired is proved' };
  if (kind === 'attach')
    return [{ do: 'attachPolicy', accessKeyId, policy, why: 'the user has lost its policy' }, prove];
  if (kind === 'keep') return enabling ? [prove] : [];
  return [
    { do: 'putUser', pair, why: 'the user is missing in the store' },
    { do: 'attachPolicy', accessKeyId, policy, why: 'the user was recreated' },
    { do: 'revokeSessions', accessKeyId, why: 'sessions from before it was missing would work again' },
    prove,
  ];
}

/**
 * Returns the Event on what somebody changed in the Secret beside its pair, before the operator rewrites it.
 */
function secretEventOf(o: Observed, publication: Publication): Plan['event'] {
  const damage = damageOf(o, publication);
  if (damage.length === 0) return undefined;
  return {
    reason: 'Repaired',
    action: 'Repair',
    note: `restored the ${damage.join(' and ')} of Secret ${secretNameOf(o.accessKey)}, which somebody had changed`,
  };
}

function eventOf(kind: Kept['kind'], policy: Effective, accessKeyId: string): Plan['event'] {
  if (policy.markedDisabled) {
    return {
      reason: 'Enabled',
      action: 'Enable',
      note: `enabled access key ${accessKeyId} in the store again`,
    };
  }
  if (kind !== 'keep') {
    const found = kind === 'attach' ? 'had lost its policy' : 'was missing in the store';
    return { reason: 'Repaired', action: 'Repair', note: `user ${accessKeyId} ${found} and was restored` };
  }
  if (!policy.differs) return undefined;
  return policy.edited
    ? {
        reason: 'Repaired',
        action: 'Repair',
        note: `restored the policy of ${accessKeyId}, which somebody had edited in the store`,
      }
    : {
        reason: 'Updated',
        action: 'Update',
        note: `the policy of ${accessKeyId} was updated: ${summarizeAccess(policy.access)}`,
      };
}
