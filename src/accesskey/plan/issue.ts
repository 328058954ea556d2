import { isExactlyOurs, isUnattached } from '../../ownership/attached-to.ts';
import { accessKeyTag, tagOf } from '../../ownership/names.ts';
import type { Pair } from '../../provider/provider.ts';
import type { Observed } from '../observe/observed.ts';
import { publishedGeneration, wantedGeneration } from '../rotation/rotation.ts';
import { secretNameOf } from '../secret/facts.ts';
import { isRefusal } from '../secret/placeholders.ts';
import type { PreviousKey } from '../secret/previous-record.ts';
import type { Publication } from '../secret/publication.ts';
import { readyReason } from '../status/status.ts';
import { blockLatePublish, inSafeOrder } from './block-late-publish.ts';
import { bucketTrouble, createMissing, withoutBuckets } from './buckets.ts';
import type { Issue, PublishedPair } from './current-pair.ts';
import type { Effective } from './effective-policy.ts';
import { inForce, outcome, publicationOf } from './outcome.ts';
import { enable, writeFirstPolicy } from './policy-steps.ts';
import {
  endedEvent,
  type RemoveUser,
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
  const note = `issued access key ${pair.accessKeyId} into Secret ${secretNameOf(o.accessKey)}`;
  return {
    steps: issueSteps(o, policy, { pair, why, publication, ended, replaced, previous }),
    ...outcome(o, policy, publication),
    inForce: inForce(o, policy, published),
    event: isFirst
      ? { reason: 'Issued', action: 'Issue', note }
      : { reason: 'Reissued', action: 'Issue', note: `${note}: ${why}` },
  };
}

/** A new pair, and what becomes of the earlier ones. */
interface NewPair {
  readonly pair: Pair;
  readonly why: string;
  readonly publication: Publication;
  /** The removals of pairs that end whether or not the new one is published. */
  readonly ended: readonly RemoveUser[];
  readonly replaced: readonly PreviousKey[];
  /** The replaced keys that live on in their grace. */
  readonly previous: readonly PreviousKey[];
}

function issueSteps(
  o: Observed,
  policy: Effective,
  { pair, why, publication, ended, replaced, previous }: NewPair,
): Step[] {
  const gone = idsOf(ended);
  const inherited = removeInherited(o).filter((step) => !gone.includes(step.accessKeyId));
  const leftovers = removeLeftovers(o, [pair.accessKeyId, ...idsOf(previous), ...gone]);
  // No retry leaves more behind than the one before (rule 16).
  const [stale, recent] = partition(
    leftovers,
    ({ accessKeyId }) => !idsOf(replaced).includes(accessKeyId) && isPastPublishing(o, accessKeyId),
  );
  return [
    ...createMissing(o),
    ...inSafeOrder(o, ended),
    ...tryIfRefusedBefore(o, publication),
    // The publish, or else the block, changes the Secret's version before the operator removes leftovers.
    ...blockLatePublish(o, [...inherited, ...leftovers], inherited.length > 0 ? undefined : o.elsewhere),
    ...inherited,
    ...enable(o, policy, idsOf(previous)),
    ...writeFirstPolicy(o, policy),
    ...stale,
    ...makeUser(o, policy, pair, why),
    { do: 'prove', pair, why: 'a pair is proved before it is published' },
    { do: 'publish', publication, over: o.secret, why },
    ...removeMoved(o),
    ...recent,
  ];
}

/** Returns a dry run of the publish before anything is made, if the API server refused the Secret before. */
function tryIfRefusedBefore(o: Observed, publication: Publication): Step[] {
  if (readyReason(o.accessKey) !== 'SecretRejected') return [];
  return [{ do: 'tryPublish', publication, over: o.secret, why: 'the Secret was refused before' }];
}

function idsOf(all: readonly { readonly accessKeyId: string }[]): string[] {
  return all.map(({ accessKeyId }) => accessKeyId);
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
 * Returns the generation to record with a new pair. It is never lower than the one before, or the operator
 * would miss a later rise.
 */
function issuedGeneration(o: Observed): number {
  const before = o.secret
    ? publishedGeneration(o.accessKey, o.secret.facts)
    : (o.accessKey.status.keyGeneration ?? 0);
  return Math.max(wantedGeneration(o.accessKey), before);
}
