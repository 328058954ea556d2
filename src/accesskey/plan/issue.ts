import { isExactlyOurs, isUnattached } from '../../ownership/attached-to.ts';
import { accessKeyTag, tagOf } from '../../ownership/names.ts';
import type { Pair } from '../../provider/provider.ts';
import type { Observed } from '../observe/observed.ts';
import { publishedGeneration, wantedGeneration } from '../rotation/rotation.ts';
import { secretNameOf } from '../secret/facts.ts';
import { isRefusal } from '../secret/placeholders.ts';
import { readyReason } from '../status/status.ts';
import { blockLatePublish, inSafeOrder } from './block-late-publish.ts';
import { bucketTrouble, createMissing } from './buckets.ts';
import type { Issue, PublishedPair } from './current-pair.ts';
import type { Effective } from './effective-policy.ts';
import { inForce, outcome, publicationOf } from './outcome.ts';
import { enable, writeFirstPolicy, writePolicy } from './policy-steps.ts';
import {
  endedEvent,
  removeDue,
  removeInherited,
  removeLeftovers,
  removeMoved,
  removeTooOld,
} from './removals.ts';
import { livingKeys, replacedKeys } from './replaced-keys.ts';
import { blocked, type Plan, type Step } from './step.ts';

/** Plans a new pair: policy, user, attachment, proof, and only then the Secret (rule 3). */
export function planIssue(
  o: Observed,
  policy: Effective,
  { why, previous: recorded }: Issue,
  pair: Pair,
): Plan {
  const issuedAt = new Date(o.now).toISOString();
  const replaced = replacedKeys(o, recorded, undefined);
  const previous = livingKeys(o, replaced);
  // Pairs that are too old end even if the operator can't publish the new one.
  const tooOld = removeTooOld(o);
  const ended = [...removeDue(o, replaced), ...tooOld];
  const keyGeneration = issuedGeneration(o);
  const published: PublishedPair = { pair, issuedAt, keyGeneration, imported: false, previous };
  const publication = publicationOf(o, policy, published);
  if (isRefusal(publication)) {
    const refused = blocked(publication.reason ?? 'SecretRejected', publication.refusal);
    return { ...refused, ...endedEvent(o, tooOld), steps: inSafeOrder(o, ended) };
  }
  const isFirst = o.accessKey.status?.accessKeyId === undefined && previous.length === 0;
  const trouble = isFirst ? bucketTrouble(o) : undefined;
  if (trouble !== undefined) return withoutBuckets(trouble, inSafeOrder(o, ended));
  const { accessKeyId } = pair;
  const refusedBefore = readyReason(o.accessKey) === 'SecretRejected';
  const secret = `Secret ${secretNameOf(o.accessKey)}`;
  const gone = ended.map((step) => step.accessKeyId);
  const inherited = removeInherited(o).filter((step) => !gone.includes(step.accessKeyId));
  const leftovers = removeLeftovers(o, [accessKeyId, ...previous.map((key) => key.accessKeyId), ...gone]);
  const recordedIds = replaced.map((key) => key.accessKeyId);
  // No retry leaves more behind than the one before (rule 16).
  const [stale, recent] = partition(
    leftovers,
    (step) => !recordedIds.includes(step.accessKeyId) && isPastPublishing(o, step.accessKeyId),
  );
  const tryPublish: Step = {
    do: 'tryPublish',
    publication,
    over: o.secret,
    why: 'the Secret was refused before',
  };
  return {
    steps: [
      ...createMissing(o),
      ...inSafeOrder(o, ended),
      ...(refusedBefore ? [tryPublish] : []),
      // The publish, or else the block, changes the Secret's version before the operator removes leftovers.
      ...blockLatePublish(o, [...inherited, ...leftovers], inherited.length > 0 ? undefined : o.elsewhere),
      ...inherited,
      ...enable(
        o,
        policy,
        previous.map((key) => key.accessKeyId),
      ),
      ...writeFirstPolicy(o, policy),
      ...stale,
      ...makeUser(o, policy, pair, why),
      { do: 'prove', pair, why: 'a pair is proved before it is published' },
      { do: 'publish', publication, over: o.secret, why },
      ...removeMoved(o),
      ...recent,
    ],
    ...outcome(o, policy, publication),
    inForce: inForce(o, policy, published),
    event: isFirst
      ? { reason: 'Issued', action: 'Issue', note: `issued access key ${accessKeyId} into ${secret}` }
      : {
          reason: 'Reissued',
          action: 'Issue',
          note: `issued access key ${accessKeyId} into ${secret}: ${why}`,
        },
  };
}

/**
 * Returns the steps that make the user of a new pair. A step that an earlier try has done isn't done again,
 * since a slow store may take minutes for it. The proof shows whether the user has this pair's secret.
 */
function makeUser(o: Observed, { policy }: Effective, pair: Pair, why: string): Step[] {
  const { accessKeyId } = pair;
  const user = o.users.get(accessKeyId);
  const isAttached = user?.enabled === true && isExactlyOurs(user, o.policyName);
  const isMade = isAttached || (user?.enabled === true && isUnattached(user));
  return [
    ...(isMade ? [] : [{ do: 'putUser', pair, why } as const]),
    ...(isAttached ? [] : [{ do: 'attachPolicy', accessKeyId, policy, why } as const]),
  ];
}

/**
 * The maximum time that the write of a Secret takes, in ms. The API server gives up a request after one
 * minute.
 */
const PUBLISHING_MS = 120_000;

/**
 * True if no process can still publish this user's pair. Either nobody attached or named the user, which
 * comes before a publish, or that was too long ago.
 */
function isPastPublishing(o: Observed, accessKeyId: string): boolean {
  const user = o.users.get(accessKeyId);
  if (isUnattached(user) || isUnnamed(o, accessKeyId)) return true;
  return user?.attachedAt !== undefined && user.attachedAt < o.now - PUBLISHING_MS;
}

/**
 * True if the user still has the name that the operator chose for it, in a store that chooses pairs. It gets
 * the id of its pair as its name before anybody can publish that.
 */
function isUnnamed({ store, policyName }: Observed, accessKeyId: string): boolean {
  return !store.capabilities.choosesPairs && tagOf(accessKeyId) === accessKeyTag(policyName);
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

/**
 * Plans to take over the user of the imported pair. One call replaces the user's policies by this one without
 * a gap.
 */
export function planImport(o: Observed, policy: Effective, pair: Pair): Plan {
  const issuedAt = new Date(o.now).toISOString();
  const published: PublishedPair = {
    pair,
    issuedAt,
    keyGeneration: wantedGeneration(o.accessKey),
    imported: true,
    previous: [],
  };
  const publication = publicationOf(o, policy, published);
  if (isRefusal(publication)) return blocked(publication.reason ?? 'SecretRejected', publication.refusal);
  const trouble = bucketTrouble(o);
  if (trouble !== undefined) return withoutBuckets(trouble, []);
  const { accessKeyId } = pair;
  const why = 'spec.importFrom names its pair';
  return {
    steps: [
      ...createMissing(o),
      ...removeInherited(o),
      ...writePolicy(policy),
      { do: 'attachPolicy', accessKeyId, policy: policy.policy, why },
      { do: 'prove', pair, why: 'a pair is proved before it is published' },
      { do: 'publish', publication, over: undefined, why },
      ...removeLeftovers(o, [accessKeyId]),
    ],
    ...outcome(o, policy, publication),
    inForce: inForce(o, policy, published),
    event: {
      reason: 'Imported',
      action: 'Import',
      note: `took over user ${accessKeyId} by the pair in Secret ${o.importFrom?.secretName}`,
    },
  };
}

/**
 * Returns the plan for a key whose buckets are missing. The operator publishes a key's first pair once they
 * exist, so that its reader can begin.
 */
function withoutBuckets(trouble: string, steps: readonly Step[]): Plan {
  return { ...blocked('BucketNotCreated', `${trouble}. Until then, no pair is issued`), steps };
}

/**
 * Returns the generation to record with a new pair. It is never lower than the one before, or the operator
 * would miss a later rise.
 */
function issuedGeneration(o: Observed): number {
  const before = o.secret
    ? publishedGeneration(o.accessKey, o.secret.facts)
    : (o.accessKey.status.keyGeneration ?? 0);
  return Math.max(wantedGeneration(o.accessKey), before);
}
