import type { Pair } from '../store/store.ts';
import { summarizeAccess } from './access.ts';
import { conflictOf, isRemovable, removeInherited, removeLeftovers } from './conflict.ts';
import { currentPair, type PublishedPair } from './current-pair.ts';
import { type Effective, effectivePolicy } from './effective-policy.ts';
import type { Observed } from './observed.ts';
import { duePreviousKeys, livingKeys, replacedKeys } from './previous-keys.ts';
import { publishedGeneration, wantedGeneration } from './rotation.ts';
import { holds, type Publication, secretNameOf } from './secret.ts';
import { blocked, type InForce, type Plan, type Step } from './step.ts';

type Kept = Extract<ReturnType<typeof currentPair>, { kind: 'keep' | 'attach' | 'remake' }>;
type Import = Extract<ReturnType<typeof currentPair>, { kind: 'import' }>;
type Issue = Extract<ReturnType<typeof currentPair>, { kind: 'issue' }>;

/**
 * What to do for an AccessKey that is to exist. Pure: the same observation gives the same plan, but for the
 * pair that `makePair` gives. Applying a plan and planning again gives no steps.
 */
export function planKey(o: Observed, makePair: () => Pair): Plan {
  const conflict = conflictOf(o);
  if (conflict) return conflict;
  const current = currentPair(o);
  if (current.kind === 'blocked') return blocked(current.reason, current.message);
  const policy = effectivePolicy(o, isOfImport(current));
  if (policy.bytes > o.store.actions.maxPolicyBytes) {
    return blocked(
      'PolicyTooLarge',
      `the policy for this request would be ${policy.bytes} bytes, and the store takes ${o.store.actions.maxPolicyBytes}; ` +
        'name fewer buckets or prefixes, or split them over several AccessKeys. What was in force stays in force',
    );
  }
  if (!policy.enabled) return planDisable(o, policy, current);
  if (current.kind === 'import') return planImport(o, policy, current.pair);
  if (current.kind === 'issue') return planIssue(o, policy, current, makePair());
  const user = o.users.get(current.pair.accessKeyId);
  if (current.kind === 'keep' && user?.enabled === false && !policy.markedDisabled) {
    return {
      ...blocked(
        'DisabledInStore',
        `user ${current.pair.accessKeyId} was disabled in the store; enable it there to use the key again, or delete the AccessKey to revoke it`,
      ),
      steps: [...removeInherited(o), ...writePolicy(policy)],
      inForce: inForce(policy, current),
    };
  }
  if (current.kind === 'keep' && current.rotate !== undefined) {
    return planIssue(
      o,
      policy,
      { kind: 'issue', why: current.rotate, previous: current.previous },
      makePair(),
    );
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
  const { accessKeyId } = pair;
  const refusedBefore = o.accessKey.status?.conditions?.some(
    ({ type, reason }) => type === 'Ready' && reason === 'SecretRejected',
  );
  const secret = `Secret ${secretNameOf(o.accessKey)}`;
  const first = o.accessKey.status?.accessKeyId === undefined && previous.length === 0;
  const tryPublish: Step = { do: 'tryPublish', publication, why: 'the API server refused the Secret before' };
  return {
    steps: [
      ...(refusedBefore ? [tryPublish] : []),
      ...removeInherited(o),
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
  const { accessKeyId } = pair;
  const why = 'spec.importFrom names its pair';
  return {
    steps: [
      ...removeInherited(o),
      ...writePolicy(policy),
      { do: 'attachPolicy', accessKeyId, why },
      { do: 'prove', pair, why: 'a pair is proved before it is published' },
      { do: 'publish', publication: publicationOf(o, policy, published), over: undefined, why },
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

function isKept(current: Kept | Issue | Import): current is Kept {
  return current.kind !== 'issue' && current.kind !== 'import';
}

/** Whether the pair that will be in force was made by somebody else. */
function isOfImport(current: Kept | Issue | Import): boolean {
  if (current.kind === 'import') return true;
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
  // Users first, then the mark: a crash between never looks like somebody else's disabling.
  const enable = policy.markedDisabled
    ? kept.filter((id) => o.users.get(id)?.enabled === false && isRemovable(o, id))
    : [];
  const repair = repairOf(kind, pair);
  const inPlace = o.secret !== undefined && holds(o.secret.facts, o.accessKey, publication);
  const publish: Step = {
    do: 'publish',
    publication,
    over: o.secret,
    why: 'the Secret is not as it should be',
  };
  const event = eventOf(kind, policy, accessKeyId);
  return {
    steps: [
      ...removeInherited(o),
      ...enable.map(
        (id): Step => ({ do: 'setUserEnabled', accessKeyId: id, enabled: true, why: 'it is granted again' }),
      ),
      ...writePolicy(policy),
      ...repair,
      ...(inPlace ? [] : [publish]),
      ...removeMoved(o),
      ...removeLeftovers(o, kept),
    ],
    ...(!o.clockTrusted && duePreviousKeys(replaced, o.now).length > 0 ? clockSkew : outcome(o, policy)),
    inForce: inForce(policy, published),
    ...(event && { event }),
  };
}

/** The users are disabled and the pair is kept. A key that has no user yet gets none. */
function planDisable(o: Observed, policy: Effective, current: Kept | Issue | Import): Plan {
  const enabled = [...o.users.keys()].filter((id) => o.users.get(id)?.enabled === true && isRemovable(o, id));
  const exists = isKept(current) || enabled.length > 0;
  const why = policy.reason === 'Disabled' ? 'spec.disabled says so' : 'it is not granted any more';
  const kept = exists
    ? `The store refuses the key; its pair is kept, and works again when ${policy.reason === 'Disabled' ? 'spec.disabled is false' : 'it is granted'}`
    : 'No pair was issued yet';
  const message = policy.reason === 'Disabled' ? kept : `${policy.refusal}. ${kept}`;
  return {
    ...blocked(policy.reason, message),
    steps: exists
      ? [
          ...removeInherited(o),
          // The mark first, for the same reason as above.
          ...writePolicy(policy),
          ...enabled.map((accessKeyId): Step => ({ do: 'setUserEnabled', accessKeyId, enabled: false, why })),
        ]
      : [],
    ...(isKept(current) && {
      inForce: inForce(policy, current),
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
    : { reason: 'GrantDenied', message: `${policy.refusal}. What was granted before stays in force` };
}

function publicationOf(o: Observed, { retained }: Effective, published: PublishedPair): Publication {
  const { endpoint: issuedBy, publicEndpoint: endpoint, region } = o.store;
  const { pair, issuedAt, keyGeneration, imported, previous } = published;
  return { pair, issuedAt, keyGeneration, imported, previous, retained, issuedBy, endpoint, region };
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

function writePolicy({ differs, document }: Effective): Step[] {
  return differs
    ? [{ do: 'writePolicy', document, why: 'the policy in the store is another one, or missing' }]
    : [];
}

function removeMoved(o: Observed): Step[] {
  return o.elsewhere
    .filter((secret) => secret.ownership === 'controlled' || isRemovable(o, secret.pair?.accessKeyId ?? ''))
    .map((secret) => ({ do: 'removeSecret', secret, why: 'the AccessKey names another Secret now' }));
}

function repairOf(kind: Kept['kind'], pair: Pair): Step[] {
  const { accessKeyId } = pair;
  const prove: Step = { do: 'prove', pair, why: 'what was repaired is proved' };
  if (kind === 'attach')
    return [{ do: 'attachPolicy', accessKeyId, why: 'the user has lost its policy' }, prove];
  if (kind === 'keep') return [];
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
