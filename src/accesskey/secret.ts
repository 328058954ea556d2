import type { AccessKey } from '../api/accesskey.ts';
import {
  ANNOTATION_ENDPOINT,
  ANNOTATION_ISSUED_AT,
  ANNOTATION_KEY_GENERATION,
  ANNOTATION_PAIR_DIGEST,
  ANNOTATION_PREVIOUS_KEYS,
  API_VERSION,
  AWS_ACCESS_KEY_ID,
  AWS_ENDPOINT_URL_S3,
  AWS_REGION,
  AWS_SECRET_ACCESS_KEY,
  IMPORTED,
  LABEL_ACCESS_KEY,
  LABEL_MANAGED_BY,
  MANAGED_BY,
} from '../api/names.ts';
import type { ObjectMeta, Secret } from '../kube/objects.ts';
import type { Pair } from '../store/store.ts';
import { pairDigest } from './credential.ts';
import { tagOf } from './identity.ts';

/** A pair that was replaced, and when its user is removed from the store (RFC 3339). */
export interface PreviousKey {
  readonly accessKeyId: string;
  readonly revokeAt: string;
}

/** What is kept of a Secret in the cache: all that decides, and nothing that signs. */
export interface SecretFacts {
  readonly metadata: ObjectMeta;
  readonly accessKeyId: string | undefined;
  /** The digest of the pair that is there, whatever the annotation says; undefined without a whole pair. */
  readonly digest: string | undefined;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
}

/** What a Secret of an AccessKey is to hold. */
export interface Publication {
  readonly pair: Pair;
  /** When the pair was made, RFC 3339. */
  readonly issuedAt: string;
  /** The spec's keyGeneration for which it was made. */
  readonly keyGeneration: number;
  /** Whether somebody else made the pair: then no digest of it is written anywhere. */
  readonly imported: boolean;
  /** Whether the Secret is to outlive its AccessKey: then nothing owns it. */
  readonly retained: boolean;
  /** The store's endpoint that issued the pair. */
  readonly issuedBy: string;
  /** The endpoint for the application. */
  readonly endpoint: string;
  readonly region: string;
  readonly previous: readonly PreviousKey[];
}

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
  const { managedFields: _, ...metadata } = secret.metadata as ObjectMeta & { managedFields?: unknown };
  return {
    metadata,
    accessKeyId: decoded(secret, AWS_ACCESS_KEY_ID),
    digest: pair && pairDigest(pair),
    endpoint: decoded(secret, AWS_ENDPOINT_URL_S3),
    region: decoded(secret, AWS_REGION),
  };
}

/**
 * Whose a Secret is, as far as Kubernetes can tell (DESIGN 2.3).
 * - `controlled`: its controller is this AccessKey
 * - `unowned`: it has no controller and carries our label with this name; whether it is ours, the store must say
 * - `foreign`: any other
 */
export function ownership(facts: SecretFacts, accessKey: AccessKey): 'controlled' | 'unowned' | 'foreign' {
  const controller = facts.metadata.ownerReferences?.find((reference) => reference.controller === true);
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

/** The endpoint that issued the pair, as the publishing write recorded it. */
export function issuedByOf(facts: SecretFacts): string | undefined {
  return facts.metadata.annotations?.[ANNOTATION_ENDPOINT];
}

/** When the pair was issued, as the publishing write recorded it; undefined where that isn't a time. */
export function issuedAtOf(facts: SecretFacts): string | undefined {
  const text = facts.metadata.annotations?.[ANNOTATION_ISSUED_AT];
  return text !== undefined && Number.isFinite(Date.parse(text)) ? text : undefined;
}

/** The key generation that the pair was made for; undefined where that isn't a number. */
export function keyGenerationOf(facts: SecretFacts): number | undefined {
  const text = facts.metadata.annotations?.[ANNOTATION_KEY_GENERATION];
  return text !== undefined && /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}

/** The previous keys that the publishing write recorded. What can't be read is as if it weren't there. */
export function previousKeysOf(facts: SecretFacts): PreviousKey[] {
  const text = facts.metadata.annotations?.[ANNOTATION_PREVIOUS_KEYS];
  if (text === undefined) return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter(isPreviousKey) : [];
  } catch {
    return [];
  }
}

/** Whether a Secret holds this publication, owner, labels and annotations included. */
export function holds(facts: SecretFacts, accessKey: AccessKey, publication: Publication): boolean {
  const wanted = secretManifest(accessKey, facts.metadata.name, publication);
  const has = (
    actual: Readonly<Record<string, string>> | undefined,
    expected: Readonly<Record<string, string>>,
  ) => Object.entries(expected).every(([key, value]) => actual?.[key] === value);
  return (
    facts.digest === pairDigest(publication.pair) &&
    facts.endpoint === publication.endpoint &&
    facts.region === publication.region &&
    ownership(facts, accessKey) === (publication.retained ? 'unowned' : 'controlled') &&
    has(facts.metadata.labels, wanted.metadata.labels) &&
    has(facts.metadata.annotations, wanted.metadata.annotations)
  );
}

/**
 * The Secret that publishes a pair, as a whole for a create and as a merge patch for an update. Nothing is
 * inherited from the AccessKey's own labels and annotations: GitOps tools prune what carries theirs.
 */
export function secretManifest(accessKey: AccessKey, name: string, publication: Publication) {
  const { pair } = publication;
  const data = {
    [AWS_ACCESS_KEY_ID]: pair.accessKeyId,
    [AWS_SECRET_ACCESS_KEY]: pair.secretAccessKey,
    [AWS_ENDPOINT_URL_S3]: publication.endpoint,
    [AWS_REGION]: publication.region,
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: {
      name,
      namespace: accessKey.metadata.namespace ?? '',
      labels: { [LABEL_MANAGED_BY]: MANAGED_BY, [LABEL_ACCESS_KEY]: accessKey.metadata.name },
      annotations: {
        [ANNOTATION_ISSUED_AT]: publication.issuedAt,
        [ANNOTATION_KEY_GENERATION]: String(publication.keyGeneration),
        [ANNOTATION_ENDPOINT]: publication.issuedBy,
        [ANNOTATION_PAIR_DIGEST]: publication.imported ? IMPORTED : pairDigest(pair),
        [ANNOTATION_PREVIOUS_KEYS]: JSON.stringify(publication.previous),
      },
      ownerReferences: publication.retained
        ? []
        : [
            {
              apiVersion: API_VERSION,
              kind: 'AccessKey',
              name: accessKey.metadata.name,
              uid: accessKey.metadata.uid,
              controller: true,
              blockOwnerDeletion: false,
            },
          ],
    },
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  };
}

function decoded(secret: Secret, key: string): string | undefined {
  const value = secret.data?.[key];
  return value ? Buffer.from(value, 'base64').toString('utf8') : undefined;
}

function isPreviousKey(value: unknown): value is PreviousKey {
  const { accessKeyId, revokeAt } = (value ?? {}) as Partial<PreviousKey>;
  return (
    typeof accessKeyId === 'string' && typeof revokeAt === 'string' && Number.isFinite(Date.parse(revokeAt))
  );
}
