import { isEndpoint } from '../../api/endpoint.ts';
import {
  ANNOTATION_ENDPOINT,
  ANNOTATION_ISSUED_AT,
  ANNOTATION_KEY_GENERATION,
  ANNOTATION_PAIR_DIGEST,
  ANNOTATION_USER,
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
import { keyFor } from '../../runtime/key.ts';
import { templatedDigest } from './template-record.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The part of a Secret that the cache keeps: everything that decides, and nothing that signs. */
export interface SecretFacts {
  readonly metadata: ObjectMeta;
  readonly accessKeyId: string | undefined;
  /**
   * The digest of the pair that the Secret holds, independent of the annotation; undefined without a whole
   * pair.
   */
  readonly digest: string | undefined;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /**
   * The digest of what a template's record names, as the Secret holds it; undefined without a record. If a
   * key is missing, it matches no record.
   */
  readonly templatedDigest: string | undefined;
  /** True if the field manager says that the operator wrote it. A copy that somebody made has another one. */
  readonly isWrittenHere: boolean;
}

/**
 * The maximum length of a value that the operator reads, in base64. A Secret may hold 1 MiB in the place of
 * an id.
 */
const MAX_VALUE_LENGTH = 8_192;

/** Returns the name of the Secret that an AccessKey asks for. */
export function secretNameOf(accessKey: AccessKey): string {
  return accessKey.spec.secretName ?? accessKey.metadata.name;
}

/** Returns the key of that Secret in the caches. */
export function secretKeyOf(accessKey: AccessKey): string {
  return keyFor(accessKey.metadata.namespace, secretNameOf(accessKey));
}

/** Returns the pair in a Secret, or undefined if one half is missing or empty. */
export function pairIn(secret: Secret): Pair | undefined {
  const accessKeyId = decoded(secret, AWS_ACCESS_KEY_ID);
  const secretAccessKey = decoded(secret, AWS_SECRET_ACCESS_KEY);
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined;
}

/** Reduces a Secret to its facts. */
export function secretFacts(secret: Secret): SecretFacts {
  const pair = pairIn(secret);
  const { managedFields = [], ...metadata } = secret.metadata;
  // If somebody applied the Secret, this annotation has a copy of its data.
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

/** Returns the owner that controls an object. An object has one at most. */
export function controllerOf({ ownerReferences }: ObjectMeta) {
  return ownerReferences?.find(({ controller }) => controller === true);
}

/**
 * Returns whose a Secret is, as far as Kubernetes can tell.
 * - `controlled`: its controller is this AccessKey
 * - `unowned`: it has no controller and carries the operator's label with this name, so the store must say
 *   whose it is
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
 * True if the Secret holds the pair that the operator published. A manual edit makes it false. For an
 * imported pair the operator can only compare the id, which never has the operator's form.
 */
export function isAsPublished(facts: SecretFacts): boolean {
  return facts.digest !== undefined && (hasPublishedDigest(facts) || isImported(facts));
}

/** True if the Secret records the digest of its pair, as the operator does of one that was made for it. */
export function hasPublishedDigest({ metadata, digest }: SecretFacts): boolean {
  return digest !== undefined && metadata.annotations?.[ANNOTATION_PAIR_DIGEST] === digest;
}

/** True if the pair was imported, as the publishing write recorded it. */
export function isImported({ metadata, accessKeyId }: SecretFacts): boolean {
  return (
    metadata.annotations?.[ANNOTATION_PAIR_DIGEST] === IMPORTED && tagOf(accessKeyId ?? '') === undefined
  );
}

/**
 * Returns the endpoint that issued the pair, as the publishing write recorded it; undefined if the text can't
 * be one.
 */
export function issuedByOf(facts: SecretFacts): string | undefined {
  const text = facts.metadata.annotations?.[ANNOTATION_ENDPOINT];
  return text !== undefined && isEndpoint(text) ? text : undefined;
}

/**
 * Returns the pair's user in the store, as the publishing write recorded it. Secrets that an earlier version
 * of the operator wrote have no such record.
 */
export function userOf({ metadata }: SecretFacts): string | undefined {
  return metadata.annotations?.[ANNOTATION_USER];
}

/**
 * Returns when the pair was issued, as the publishing write recorded it, in RFC 3339; undefined if the text
 * isn't a time.
 */
export function issuedAtOf(facts: SecretFacts): string | undefined {
  return asTime(facts.metadata.annotations?.[ANNOTATION_ISSUED_AT]);
}

/** Returns the key generation for which the pair was made; undefined if the text isn't a number. */
export function keyGenerationOf(facts: SecretFacts): number | undefined {
  const text = facts.metadata.annotations?.[ANNOTATION_KEY_GENERATION];
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}

function decoded(secret: Secret, key: string): string | undefined {
  const value = secret.data?.[key];
  if (!value || value.length > MAX_VALUE_LENGTH) return undefined;
  return Buffer.from(value, 'base64').toString('utf8');
}
