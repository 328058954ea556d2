import type { SecretAllowList } from '../../api/allow-list.ts';
import { FINALIZER } from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Cluster } from '../../ownership/names.ts';
import type { Granted } from '../context/granted.ts';
import type { ObservedStore } from '../context/stores.ts';
import { askedVerdict, desiredDocument, isRetained } from '../policy/desired-policy.ts';
import type { Verdict } from '../policy/grants.ts';
import { policyDigest } from '../policy/stored-policy.ts';
import { restingReason } from '../rotation/lifetime.ts';
import { recordedTime } from '../rotation/pair-age.ts';
import { boundedBy, duePreviousKeys } from '../rotation/previous-keys.ts';
import { nextRotationAt, type PairAge, rotationDue } from '../rotation/rotation.ts';
import {
  isAsPublished,
  isImported,
  issuedAtOf,
  issuedByOf,
  ownership,
  type SecretFacts,
} from '../secret/facts.ts';
import { isRefusal } from '../secret/placeholders.ts';
import { isRecordEdited, previousKeysOf, recordText } from '../secret/previous-record.ts';
import { ANY_PAIR, requestedShape } from '../secret/template-output.ts';
import { isShaped } from '../secret/template-record.ts';
import { readyReason } from '../status/status.ts';
import { saysIgnored } from '../status/unreadable.ts';

type Granting = Extract<Verdict, { granted: true }>;

/** The cached state of a key. */
export interface CachedState {
  readonly now: number;
  readonly accessKey: AccessKey;
  readonly cluster: Cluster;
  /** The names that the operator's administrator lets AccessKeys write into Secrets. */
  readonly allowed: SecretAllowList;
  /** The store's spec; undefined if unknown, which doesn't mean that the key needs a sync. */
  readonly store: ({ readonly observed: ObservedStore } & Granted) | undefined;
  /** The Secret of spec.secretName, from the cache. */
  readonly secret: SecretFacts | undefined;
  /** The names of this AccessKey's Secrets other than spec.secretName. */
  readonly otherSecrets: readonly string[];
  /** The time when the store attached each user of the key, in ms since 1970, as the operator last saw it. */
  readonly attached: ReadonlyMap<string, number>;
  /** True if the clocks are close enough for a step that depends on time. */
  readonly clockTrusted: boolean;
}

/**
 * Returns the age of the pair in a key's Secret, as far as the caches show it; undefined if there is none.
 */
export function cachedAge(cachedState: CachedState): PairAge | undefined {
  const { accessKey, secret: facts, store, now, clockTrusted } = cachedState;
  if (facts?.accessKeyId === undefined || ownership(facts, accessKey) === 'foreign') return undefined;
  const maxAgeMs = store?.maxAgeMs;
  return {
    accessKey,
    facts,
    attachedAt: cachedState.attached.get(facts.accessKeyId),
    now,
    clockTrusted,
    maxAgeMs,
  };
}

/**
 * Returns why a key needs a sync, or undefined if it is up to date as far as the caches show. An up-to-date
 * key has been synced, and nothing that the operator watches has changed since. Sweep and policy check cover
 * what it can't watch: users and documents in the store.
 */
export function syncReason(cachedState: CachedState): string | undefined {
  const { accessKey, store, secret } = cachedState;
  const { metadata, status } = accessKey;
  if (status.observedGeneration !== metadata.generation) return 'its spec was edited';
  const resting = restingReason(accessKey, cachedState.now);
  if (readyReason(accessKey) !== (resting ?? 'Issued')) return 'it is not ready';
  if (!saysIgnored(accessKey)) return 'its status does not say what is ignored of it';
  // A disabled key that never had a pair has nothing outside.
  if (resting && status.accessKeyId === undefined) return undefined;
  if (!metadata.finalizers?.includes(FINALIZER)) return 'it has no finalizer yet';
  // While the key rests, the operator attaches, rotates and publishes nothing, but it ends previous keys.
  if (resting) {
    const ended = duePreviousKeys(status.previousKeys ?? [], cachedState.now).length > 0;
    return ended ? "a previous key's end has come" : undefined;
  }
  if (!secret) return 'its Secret is missing';
  if (!isAsPublished(secret)) return 'its Secret was edited';
  if (secret.accessKeyId !== status.accessKeyId) return 'its status names another pair';
  const age = cachedAge(cachedState);
  const issuedAt = issuedAtOf(secret);
  if (!age || issuedAt === undefined || issuedAt !== status.issuedAt || issuedAt !== recordedTime(age))
    return 'the time of its pair was edited';
  if (isRecordEdited(secret)) return 'its record of previous keys was edited';
  if (recordText(previousKeysOf(secret)) !== recordText(status.previousKeys ?? []))
    return 'its previous keys changed';
  if (rotationDue(age)) return 'its pair is to be replaced';
  if (duePreviousKeys(previousKeysOf(secret), cachedState.now).length > 0)
    return "a previous key's end has come";
  if (cachedState.otherSecrets.length > 0) return 'it has a Secret of another name';
  if (!store) return undefined;
  if (isOutOfBounds(age, cachedState)) return 'a previous key may not live so long';
  if (
    nextRotationAt(accessKey, { accessKeyId: status.accessKeyId ?? '', issuedAt }, age.maxAgeMs) !==
    status.nextRotationAt
  )
    return 'its next rotation is to be at another time';
  const { endpoint, publicEndpoint, region } = store.observed;
  if (secret.endpoint !== publicEndpoint || secret.region !== region || issuedByOf(secret) !== endpoint) {
    return 'its Secret names another endpoint or region';
  }
  const verdict = askedVerdict(accessKey, store.observed.title, store.evaluate);
  if (!verdict.granted) return 'what it asks for is not granted';
  const retained = isRetained(accessKey, verdict);
  if (ownership(secret, accessKey) !== (retained ? 'unowned' : 'controlled'))
    return "its Secret's owner was edited";
  const { allowed } = cachedState;
  const shape = requestedShape(
    { accessKey, store: store.observed, access: verdict.access, allowed },
    ANY_PAIR,
  );
  if (isRefusal(shape) || shape.withheld !== undefined || !isShaped(secret, shape, isImported(secret)))
    return 'its Secret is not as its template says';
  return isInForce(cachedState, verdict) ? undefined : 'its policy is to be another one';
}

/**
 * True if the last written policy gives the key just what it asks for, by the store's grants and settings
 * now.
 */
export function isAsGranted(cachedState: CachedState): boolean {
  const { accessKey, store } = cachedState;
  const verdict = store && askedVerdict(accessKey, store.observed.title, store.evaluate);
  return verdict?.granted === true && isInForce(cachedState, verdict);
}

function isInForce({ accessKey, cluster, store, secret }: CachedState, verdict: Granting): boolean {
  if (!store) return false;
  const document = desiredDocument(
    { accessKey, cluster, store: store.observed },
    verdict.access,
    verdict.mayCreate,
    { retained: isRetained(accessKey, verdict), imported: secret !== undefined && isImported(secret) },
  );
  return policyDigest(document) === accessKey.status.policyDigest;
}

/**
 * True if a recorded previous key would live longer than it may: its grant has changed, or somebody edited
 * the record.
 */
function isOutOfBounds({ accessKey, facts, maxAgeMs }: PairAge, { attached }: CachedState): boolean {
  const recorded = previousKeysOf(facts);
  const currentSince = Date.parse(issuedAtOf(facts) ?? '');
  return (
    JSON.stringify(
      boundedBy(recorded, { accessKey, currentSince, maxAgeMs, attachedAt: (id) => attached.get(id) }),
    ) !== JSON.stringify(recorded)
  );
}
