import type { Pair } from '../store/store.ts';
import { summarizeAccess } from './access.ts';
import {
  isRemovable,
  policyConflictOf,
  removeInherited,
  removeLeftovers,
  secretConflictOf,
} from './conflict.ts';
import { type CurrentPair, currentPair, type PublishedPair } from './current-pair.ts';
import { disabledThere, type Effective, effectivePolicy } from './effective-policy.ts';
import { decodeMark } from './mark.ts';
import { isExactlyOurs, type Observed } from './observed.ts';
import { duePreviousKeys, endedKeys, livingKeys, replacedKeys } from './previous-keys.ts';
import { publishedGeneration, wantedGeneration } from './rotation.ts';
import { holds, type Publication, secretNameOf } from './secret.ts';
import { requestedShape } from './secret-shape.ts';
import { blocked, type InForce, type Plan, type Step } from './step.ts';
import { isRefusal, type Refusal } from './template.ts';

type Kept = Extract<ReturnType<typeof currentPair>, { kind: 'keep' | 'attach' | 'remake' }>;
type Issue = Extract<ReturnType<typeof currentPair>, { kind: 'issue' }>;
type RemoveUser = Extract<Step, { do: 'removeUser' }>;

/**
 * What to do for an AccessKey that is to exist. Pure: the same observation gives the same plan, but for the
 * pair that `makePair` gives. Applying a plan and planning again gives no steps.
 */
export function planKey(o: Observed, makePair: () => Pair): Plan {
  const conflict = policyConflictOf(o);
  if (conflict) return conflict;
  const foreign = secretConflictOf(o);
  const current: CurrentPair = foreign ? { ...foreign, kind: 'blocked' } : currentPair(o);
  const policy = effectivePolicy(o, { importing: isOfImport(current), kept: isKept(current) });
  // Before anything that may be in the way: who may edit a Secret can't keep in force what isn't to be any more.
  if (!policy.enabled) return planDisable(o, policy, current);
  if (foreign) {
    return { ...foreign, steps: [...updatePolicy(o, policy), ...removeEnded(o, current), ...foreign.steps] };
  }
  if (current.kind === 'blocked') {
    const steps = [...updatePolicy(o, policy), ...removeEnded(o, current)];
    return { ...blocked(current.reason, current.message), steps };
  }
  if (policy.bytes > o.store.actions.maxPolicyBytes) {
    // Only where what is in force has grown since, by its label or its grants.
    return { ...blocked('PolicyTooLarge', policy.refusal ?? ''), steps: removeEnded(o, current) };
  }
  if (current.kind === 'import') return planImport(o, policy, current.pair);
  const disabled = policy.markedDisabled ? undefined : disabledThere(o);
  if (disabled !== undefined) return planDisabledThere(o, policy, current, disabled);
  if (current.kind === 'issue') return planIssue(o, policy, current, makePair());
  if (current.kind === 'keep' && current.rotate !== undefined) {
    const issue: Issue = { kind: 'issue', why: current.rotate, previous: current.previous };
    const rotation = planIssue(o, policy, issue, makePair());
    // Where the new pair couldn't be published, the one in force is looked after all the same.
    if (rotation.reason !== 'SecretRejected') return rotation;
  }
  return planKeep(o, policy, current);
}

/** A new pair: policy, user, attachment, proof, and only then the Secret (rule 3). */
function planIssue(o: Observed, policy: Effective, { why, previous: recorded }: Issue, pair: Pair): Plan {
  const issuedAt = new Date(o.now).toISOString();
  const previous = livingKeys(o, replacedKeys(o, recorded, undefined));
  const keyGeneration = issuedGeneration(o);
  const published: PublishedPair = { pair, issuedAt, keyGeneration, imported: false, previous };
  const publication = publicationOf(o, policy, published);
  if (isRefusal(publication)) return blocked('SecretRejected', publication.refusal);
  const { accessKeyId } = pair;
  const refusedBefore = o.accessKey.status?.conditions?.some(
    ({ type, reason }) => type === 'Ready' && reason === 'SecretRejected',
  );
  const secret = `Secret ${secretNameOf(o.accessKey)}`;
  const first = o.accessKey.status?.accessKeyId === undefined && previous.length === 0;
  const tryPublish: Step = {
    do: 'tryPublish',
    publication,
    over: o.secret,
    why: 'the Secret was refused before',
  };
  return {
    steps: [
      ...(refusedBefore ? [tryPublish] : []),
      ...removeInherited(o),
      ...enable(
        o,
        policy,
        previous.map((key) => key.accessKeyId),
      ),
      ...writePolicy(policy),
      { do: 'putUser', pair, why },
      { do: 'attachPolicy', accessKeyId, why },
      { do: 'prove', pair, why: 'a pair is proved before it is published' },
      { do: 'publish', publication, over: o.secret, why },
      ...removeMoved(o),
      ...removeLeftovers(o, [accessKeyId, ...previous.map((key) => key.accessKeyId)]),
    ],
    ...outcome(o, policy),
    inForce: inForce(policy, published),
    event: first
      ? { reason: 'Issued', action: 'Issue', note: `issued access key ${accessKeyId} into ${secret}` }
      : {
          reason: 'Reissued',
          action: 'Issue',
          note: `issued access key ${accessKeyId} into ${secret}: ${why}`,
        },
  };
}

/** The user of the imported pair: one call gives it this policy in the place of what it had, without a gap. */
function planImport(o: Observed, policy: Effective, pair: Pair): Plan {
  const issuedAt = new Date(o.now).toISOString();
  const published: PublishedPair = {
    pair,
    issuedAt,
    keyGeneration: wantedGeneration(o.accessKey),
    imported: true,
    previous: [],
  };
  const publication = publicationOf(o, policy, published);
  if (isRefusal(publication)) return blocked('SecretRejected', publication.refusal);
  const { accessKeyId } = pair;
  const why = 'spec.importFrom names its pair';
  return {
    steps: [
      ...removeInherited(o),
      ...writePolicy(policy),
      { do: 'attachPolicy', accessKeyId, why },
      { do: 'prove', pair, why: 'a pair is proved before it is published' },
      { do: 'publish', publication, over: undefined, why },
      ...removeLeftovers(o, [accessKeyId]),
    ],
    ...outcome(o, policy),
    inForce: inForce(policy, published),
    event: {
      reason: 'Imported',
      action: 'Import',
      note: `took over user ${accessKeyId} by the pair in Secret ${o.importFrom?.secretName}`,
    },
  };
}

function isKept(current: CurrentPair): current is Kept {
  return current.kind === 'keep' || current.kind === 'attach' || current.kind === 'remake';
}

/** Whether the pair that will be in force was made by somebody else; undefined where nobody knows. */
function isOfImport(current: CurrentPair): boolean | undefined {
  if (current.kind === 'import') return true;
  if (current.kind === 'blocked') return undefined;
  return isKept(current) && current.imported && current.rotate === undefined;
}

/** The pair stays; whatever beside it isn't as it should be is put right. */
function planKeep(o: Observed, policy: Effective, current: Kept): Plan {
  const { kind, pair, previous: recorded } = current;
  const { accessKeyId } = pair;
  const replaced = replacedKeys(o, recorded, accessKeyId);
  const previous = livingKeys(o, replaced);
  const published = { ...current, previous };
  const publication = publicationOf(o, policy, published);
  const kept = [accessKeyId, ...previous.map((key) => key.accessKeyId)];
  const enabling = enable(o, policy, kept);
  const refused = isRefusal(publication);
  const event = eventOf(kind, policy, accessKeyId);
  return {
    steps: [
      ...removeInherited(o),
      ...enabling,
      ...writePolicy(policy),
      ...repairOf(kind, pair, enabling.length > 0),
      ...(refused ? [] : [...publishKept(o, publication), ...removeMoved(o)]),
      ...removeLeftovers(o, kept),
    ],
    ...(refused
      ? { reason: 'SecretRejected', message: `${publication.refusal}. The pair stays as it is` }
      : !o.clockTrusted && duePreviousKeys(replaced, o.now).length > 0
        ? clockSkew
        : outcome(o, policy)),
    // The Secret that the status names is the one that the pair is in.
    ...(!(refused && o.secret === undefined) && { inForce: inForce(policy, published) }),
    ...(event && { event }),
  };
}

/** Somebody disabled the user in the store: nothing is attached, replaced or published until they enable it (rule 8). */
function planDisabledThere(o: Observed, policy: Effective, current: Kept | Issue, id: string): Plan {
  return {
    ...blocked(
      'DisabledInStore',
      `user ${id} was disabled in the store; enable it there to use the key again, or delete the AccessKey to revoke it`,
    ),
    steps: [...removeInherited(o), ...writePolicy(policy), ...removeEnded(o, current)],
    ...(current.kind === 'keep' && { inForce: inForce(policy, withLivingKeys(o, current)) }),
  };
}

/** The users are disabled and the pair is kept. A key that has no user yet gets none. */
function planDisable(o: Observed, policy: Effective, current: CurrentPair): Plan {
  const inherited = removeInherited(o);
  const ended = removeEnded(o, current);
  const gone = [...inherited, ...ended].map((step) => step.accessKeyId);
  const users = [...o.users.keys()].filter(
    (id) => isExactlyOurs(o.users.get(id), o.policyName) && !gone.includes(id),
  );
  const enabled = users.filter((id) => o.users.get(id)?.enabled === true);
  const exists = isKept(current) || users.length > 0;
  const why = policy.reason === 'Disabled' ? 'spec.disabled says so' : 'it is not granted any more';
  const kept = exists
    ? `The store refuses the key; its pair is kept, and works again when ${policy.reason === 'Disabled' ? 'spec.disabled is false' : 'it is granted'}`
    : 'No pair was issued yet';
  const message = policy.reason === 'Disabled' ? kept : `${policy.refusal}. ${kept}`;
  return {
    ...blocked(policy.reason, message),
    steps: [
      ...inherited,
      // The mark first, for the same reason as above.
      ...(exists ? writePolicy(policy) : []),
      ...enabled.map((accessKeyId): Step => ({ do: 'setUserEnabled', accessKeyId, enabled: false, why })),
      ...ended,
    ],
    ...(isKept(current) && {
      inForce: inForce(policy, withLivingKeys(o, current)),
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

const clockSkew = {
  reason: 'ClockSkew',
  message:
    "a previous key's end is due, but this machine's clock and the API server's are more than a minute apart; set them right",
} as const;

function outcome(o: Observed, policy: Effective): Pick<Plan, 'reason' | 'message'> {
  return policy.reason === 'Issued'
    ? { reason: 'Issued', message: `the pair in Secret ${secretNameOf(o.accessKey)} works` }
    : { reason: policy.reason, message: `${policy.refusal}. What was granted before stays in force` };
}

function publicationOf(
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

/** The generation that a new pair is recorded with: never lower than the one before, or a later rise would be missed. */
function issuedGeneration(o: Observed): number {
  const before = o.secret
    ? publishedGeneration(o.accessKey, o.secret.facts)
    : (o.accessKey.status.keyGeneration ?? 0);
  return Math.max(wantedGeneration(o.accessKey), before);
}

function inForce(policy: Effective, { pair, issuedAt, keyGeneration, previous }: PublishedPair): InForce {
  const { access, digest } = policy;
  return { accessKeyId: pair.accessKeyId, access, issuedAt, keyGeneration, previous, policyDigest: digest };
}

/** Users first, then the mark: a crash between never looks like somebody else's disabling. */
function enable(o: Observed, { markedDisabled }: Effective, ids: readonly string[]): Step[] {
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
function removeEnded(o: Observed, current: CurrentPair): RemoveUser[] {
  const kept = [o.secret?.facts.accessKeyId, o.accessKey.status.accessKeyId];
  const recorded = 'previous' in current ? current.previous : [];
  return endedKeys(o, replacedKeys(o, recorded, isKept(current) ? current.pair.accessKeyId : undefined))
    .filter(({ accessKeyId }) => !kept.includes(accessKeyId))
    .map(({ accessKeyId }) => ({ do: 'removeUser', accessKeyId, why: 'its grace is over' }));
}

function withLivingKeys(o: Observed, current: Kept): Kept {
  return { ...current, previous: livingKeys(o, replacedKeys(o, current.previous, current.pair.accessKeyId)) };
}

function writePolicy({ differs, document }: Effective): Step[] {
  return differs
    ? [{ do: 'writePolicy', document, why: 'the policy in the store is another one, or missing' }]
    : [];
}

/**
 * What is in force follows the spec also where the pair can't be looked after: who edits its Secret can't keep what was
 * taken away. The mark of a disabled key stays until its users are enabled.
 */
function updatePolicy(o: Observed, policy: Effective): Step[] {
  const mark = o.policy && decodeMark(o.policy.id);
  const isOwn = mark?.accessKeyUid === o.accessKey.metadata.uid;
  const fits = policy.bytes <= o.store.actions.maxPolicyBytes;
  return isOwn && fits && !policy.markedDisabled ? writePolicy(policy) : [];
}

function publishKept(o: Observed, publication: Publication): Step[] {
  if (o.secret && holds(o.secret.facts, o.accessKey, publication)) return [];
  return [{ do: 'publish', publication, over: o.secret, why: 'the Secret is not as it should be' }];
}

function removeMoved(o: Observed): Step[] {
  return o.elsewhere
    .filter((secret) => secret.ownership === 'controlled' || isRemovable(o, secret.pair?.accessKeyId ?? ''))
    .map((secret) => ({ do: 'removeSecret', secret, why: 'the AccessKey names another Secret now' }));
}

/** A disabled user's secret can't be told from a wrong one: what is enabled is proved before it is published again. */
function repairOf(kind: Kept['kind'], pair: Pair, enabling: boolean): Step[] {
  const { accessKeyId } = pair;
  const prove: Step = { do: 'prove', pair, why: 'what was repaired is proved' };
  if (kind === 'attach')
    return [{ do: 'attachPolicy', accessKeyId, why: 'the user has lost its policy' }, prove];
  if (kind === 'keep') return enabling ? [prove] : [];
  return [
    { do: 'putUser', pair, why: 'the user is missing in the store' },
    { do: 'attachPolicy', accessKeyId, why: 'the user was made again' },
    { do: 'revokeSessions', accessKeyId, why: 'sessions made before it was missing would work again' },
    prove,
  ];
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
        note: `the policy of ${accessKeyId} was edited in the store and was written again`,
      }
    : {
        reason: 'Updated',
        action: 'Update',
        note: `the policy of ${accessKeyId} was updated: ${summarizeAccess(policy.access)}`,
      };
}
