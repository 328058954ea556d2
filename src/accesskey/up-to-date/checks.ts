import { hasFinalizer } from '../../api/finalizers.ts';
import { desiredPolicy, isRetained } from '../policy/desired-policy.ts';
import type { Verdict } from '../policy/grants.ts';
import { restingReason } from '../rotation/lifetime.ts';
import { type PairAge, recordedTime } from '../rotation/pair-age.ts';
import { boundedPreviousKeys, duePreviousKeys } from '../rotation/previous-keys.ts';
import { nextRotationAt, rotationDue } from '../rotation/rotation.ts';
import { isAsPublished, isImported, issuedAtOf, issuedByOf, ownership, userOf } from '../secret/facts.ts';
import { isRefusal } from '../secret/placeholders.ts';
import { isRecordEdited, previousKeysOf, recordText } from '../secret/previous-record.ts';
import { ANY_PAIR, requestedShape } from '../secret/template-output.ts';
import { isShaped } from '../secret/template-record.ts';
import { readyReason } from '../status/status.ts';
import { reportsIgnored } from '../status/unreadable.ts';
import type { CachedState } from './cached-state.ts';

/** The cached state of a key, with what the checks derive from it. */
export interface Subject extends CachedState {
  /** The age of the pair in the Secret; undefined if there is none. */
  readonly age: PairAge | undefined;
  /**
   * The verdict of the store's grants on everything that the key asks for; undefined if the store is unknown.
   */
  readonly verdict: Verdict | undefined;
}

/**
 * One check of a key. Returns why the key needs a sync, or undefined. What the caches don't show gives no
 * reason.
 */
export type Check = (subject: Subject) => string | undefined;

const specEdited: Check = ({ accessKey: { metadata, status } }) =>
  status.observedGeneration === metadata.generation ? undefined : 'its spec was edited';

const notReady: Check = ({ accessKey, now }) =>
  readyReason(accessKey) === (restingReason(accessKey, now) ?? 'Issued') ? undefined : 'it is not ready';

const ignoredNotReported: Check = ({ accessKey }) =>
  reportsIgnored(accessKey) ? undefined : 'its status does not say what is ignored of it';

const finalizerMissing: Check = ({ accessKey }) =>
  hasFinalizer(accessKey.metadata) ? undefined : 'it has no finalizer yet';

const secretMissing: Check = ({ secret }) => (secret ? undefined : 'its Secret is missing');

const secretEdited: Check = ({ secret }) =>
  secret && !isAsPublished(secret) ? 'its Secret was edited' : undefined;

const otherPairNamed: Check = ({ secret, accessKey: { status } }) =>
  secret && secret.accessKeyId !== status.accessKeyId ? 'its status names another pair' : undefined;

// A Secret that an earlier version wrote names no user. The policy check of its key adds that.
const userEdited: Check = ({ secret, accessKey: { status } }) => {
  const user = secret && userOf(secret);
  return user === undefined || user === (status.user ?? status.accessKeyId)
    ? undefined
    : 'its Secret names another user';
};

const issueTimeEdited: Check = ({ secret, age, accessKey: { status } }) => {
  const issuedAt = secret && issuedAtOf(secret);
  const agrees =
    age && issuedAt !== undefined && issuedAt === status.issuedAt && issuedAt === recordedTime(age);
  return agrees ? undefined : 'the time of its pair was edited';
};

const recordEdited: Check = ({ secret }) =>
  secret && isRecordEdited(secret) ? 'its record of previous keys was edited' : undefined;

const previousKeysChanged: Check = ({ secret, accessKey: { status } }) =>
  secret && recordText(previousKeysOf(secret)) !== recordText(status.previousKeys ?? [])
    ? 'its previous keys changed'
    : undefined;

const replacementDue: Check = ({ age }) =>
  age && rotationDue(age) ? 'its pair is due for rotation' : undefined;

const previousKeyEnded: Check = ({ accessKey: { status }, now }) =>
  duePreviousKeys(status.previousKeys ?? [], now).length > 0 ? "a previous key's end has come" : undefined;

const otherSecretLeft: Check = ({ otherSecrets }) =>
  otherSecrets.length > 0 ? 'it has a Secret of another name' : undefined;

// The grant of a previous key has changed, or somebody edited the record.
const previousKeyOutlives: Check = ({ age, store }) =>
  store && age && recordText(boundedPreviousKeys(age)) !== recordText(previousKeysOf(age.facts))
    ? 'a previous key may not live so long'
    : undefined;

const nextRotationDiffers: Check = ({ accessKey, secret, store, maxAgeMs }) => {
  const { accessKeyId, nextRotationAt: said } = accessKey.status;
  const issuedAt = secret && issuedAtOf(secret);
  if (!store || accessKeyId === undefined || issuedAt === undefined) return undefined;
  return nextRotationAt(accessKey, { accessKeyId, issuedAt }, maxAgeMs) === said
    ? undefined
    : 'its next rotation is due at another time';
};

const connectionDiffers: Check = ({ secret, store }) => {
  if (!secret || !store) return undefined;
  const { endpoint, publicEndpoint, region } = store.observed;
  return secret.endpoint === publicEndpoint && secret.region === region && issuedByOf(secret) === endpoint
    ? undefined
    : 'its Secret names another endpoint or region';
};

const notGranted: Check = ({ verdict }) =>
  verdict?.granted === false ? 'what it asks for is not granted' : undefined;

const ownerEdited: Check = ({ accessKey, secret, verdict }) =>
  secret &&
  verdict &&
  ownership(secret, accessKey) !== (isRetained(accessKey, verdict) ? 'unowned' : 'controlled')
    ? "its Secret's owner was edited"
    : undefined;

const templateDiffers: Check = ({ accessKey, secret, store, verdict, allowed }) => {
  if (!secret || !store || !verdict?.granted) return undefined;
  const inputs = { accessKey, store: store.observed, access: verdict.access, allowed };
  const shape = requestedShape(inputs, ANY_PAIR);
  const asAsked =
    !isRefusal(shape) && shape.withheld === undefined && isShaped(secret, shape, isImported(secret));
  return asAsked ? undefined : 'its Secret is not as its template says';
};

/** Returns a reason unless the last written policy gives the key what it asks for, as it is granted now. */
export const policyDiffers: Check = ({ accessKey, cluster, secret, store, verdict }) => {
  if (!store || !verdict?.granted) return undefined;
  const { form } = store.observed;
  const policy = desiredPolicy(
    { accessKey, cluster, store: store.observed },
    verdict.access,
    verdict.mayCreate,
    { retained: isRetained(accessKey, verdict), imported: secret !== undefined && isImported(secret) },
  );
  return form.digestOf(form.render(policy)) === accessKey.status.policyDigest
    ? undefined
    : 'its policy differs from what it asks for';
};

/** The checks of every key's status. */
export const STATUS_CHECKS: readonly Check[] = [specEdited, notReady, ignoredNotReported];

/**
 * The chain for a key at rest. The operator attaches, rotates and publishes nothing of it, but it ends
 * previous keys.
 */
export const AT_REST_CHECKS: readonly Check[] = [...STATUS_CHECKS, finalizerMissing, previousKeyEnded];

/** The chain for a key in force. The first check that finds something gives the reason. */
export const IN_FORCE_CHECKS: readonly Check[] = [
  ...STATUS_CHECKS,
  finalizerMissing,
  secretMissing,
  secretEdited,
  otherPairNamed,
  userEdited,
  issueTimeEdited,
  recordEdited,
  previousKeysChanged,
  replacementDue,
  previousKeyEnded,
  otherSecretLeft,
  previousKeyOutlives,
  nextRotationDiffers,
  connectionDiffers,
  notGranted,
  ownerEdited,
  templateDiffers,
  policyDiffers,
];
