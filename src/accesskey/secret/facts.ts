import { isEndpoint } from '../../api/endpoint.ts';
import {
  ANNOTATION_ENDPOINT,
  ANNOTATION_ISSUED_AT,
  ANNOTATION_KEY_GENERATION,
  ANNOTATION_PAIR_DIGEST,
  AWS_ACCESS_KEY_ID,
  AWS_ENDPOINT_URL_S3,
  AWS_REGION,
  AWS_SECRET_ACCESS_KEY,
  FIELD_MANAGER,
  IMPORTED,
  LABEL_ACCESS_KEY,
  LABEL_MANAGED_BY,
  MANAGED_BY,
} from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { asTime } from '../../api/time.ts';
import type { ObjectMeta, Secret } from '../../kube/objects.ts';
import { tagOf } from '../../ownership/names.ts';
import { pairDigest } from '../../ownership/new-pair.ts';
import type { Pair } from '../../provider/provider.ts';
import { templatedDigest } from './template-record.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What is kept of a Secret in the cache: all that decides, and nothing that signs. */
export interface SecretFacts {
  readonly metadata: ObjectMeta;
  readonly accessKeyId: string | undefined;
  /** The digest of the pair that is there, whatever the annotation says; undefined without a whole pair. */
  readonly digest: string | undefined;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** The digest of what a template's record names, as it is there; undefined without a record; none fits where a key is missing. */
  readonly templatedDigest: string | undefined;
  /** True if the operator wrote it, by its field manager: a copy that somebody made has another one. */
  readonly isWrittenHere: boolean;
}

/** The longest value that is read, in base64: a Secret may hold 1 MiB in the place of an id. */
const MAX_VALUE_LENGTH = 8_192;

/** The name of the Secret that an AccessKey asks for. */
export function secretNameOf(accessKey: AccessKey): string {
  return accessKey.spec.secretName ?? accessKey.metadata.name;
}

/** The pair in a Secret, or undefined where one half is missing or empty. */
export function pairIn(secret: Secret): Pair | undefined {
  const accessKeyId = decoded(secret, AWS_ACCESS_KEY_ID);
  const secretAccessKey = decoded(secret, AWS_SECRET_ACCESS_KEY);
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
}

/** Reduces a Secret to its facts. */
export function secretFacts(secret: Secret): SecretFacts {
  const pair = pairIn(secret);
  const { managedFields = [], ...metadata } = secret.metadata;
  // Where somebody applied the Secret, this has its data once more.
  const { [LAST_APPLIED]: __, ...annotations } = metadata.annotations ?? {};
  return {
    metadata: { ...metadata, annotations },
    accessKeyId: decoded(secret, AWS_ACCESS_KEY_ID),
    digest: pair && pairDigest(pair),
    endpoint: decoded(secret, AWS_ENDPOINT_URL_S3),
    region: decoded(secret, AWS_REGION),
    templatedDigest: templatedDigest(secret),
    isWrittenHere: managedFields.some(({ manager }) => manager === FIELD_MANAGER),
  };
}

/** The owner that controls an object; it has one at the most. */
export function controllerOf({ ownerReferences }: ObjectMeta) {
  return ownerReferences?.find(({ controller }) => controller === true);
}

/**
 * Whose a Secret is, as far as Kubernetes can tell (DESIGN 2.3).
 * - `controlled`: its controller is this AccessKey
 * - `unowned`: it has no controller and carries our label with this name; whether it is ours, the store must say
 * - `foreign`: any other
 */
export function ownership(facts: SecretFacts, accessKey: AccessKey): 'controlled' | 'unowned' | 'foreign' {
  const controller = controllerOf(facts.metadata);
  if (controller) return controller.uid === accessKey.metadata.uid ? 'controlled' : 'foreign';
  const labels = facts.metadata.labels ?? {};
  return labels[LABEL_MANAGED_BY] === MANAGED_BY && labels[LABEL_ACCESS_KEY] === accessKey.metadata.name
    ? 'unowned'
    : 'foreign';
}

/**
 * Whether the pair that is there is the one that was published: a hand's edit makes it false. Of an imported pair only
 * its id can be told, which is never one of our making.
 */
export function isAsPublished(facts: SecretFacts): boolean {
  if (facts.digest === undefined) return false;
  return facts.metadata.annotations?.[ANNOTATION_PAIR_DIGEST] === facts.digest || isImported(facts);
}

/** Whether the pair was imported, as the publishing write recorded it. */
export function isImported({ metadata, accessKeyId }: SecretFacts): boolean {
  return (
    metadata.annotations?.[ANNOTATION_PAIR_DIGEST] === IMPORTED && tagOf(accessKeyId ?? '') === undefined
  );
}

/** The endpoint that issued the pair, as the publishing write recorded it; undefined where that can't be one. */
export function issuedByOf(facts: SecretFacts): string | undefined {
  const text = facts.metadata.annotations?.[ANNOTATION_ENDPOINT];
  return text !== undefined && isEndpoint(text) ? text : undefined;
}

/** When the pair was issued, as the publishing write recorded it, in RFC 3339; undefined where that isn't a time. */
export function issuedAtOf(facts: SecretFacts): string | undefined {
  return asTime(facts.metadata.annotations?.[ANNOTATION_ISSUED_AT]);
}

/** The key generation that the pair was made for; undefined where that isn't a number. */
export function keyGenerationOf(facts: SecretFacts): number | undefined {
  const text = facts.metadata.annotations?.[ANNOTATION_KEY_GENERATION];
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}

function decoded(secret: Secret, key: string): string | undefined {
  const value = secret.data?.[key];
  if (!value || value.length > MAX_VALUE_LENGTH) return undefined;
  return Buffer.from(value, 'base64').toString('utf8');
}
