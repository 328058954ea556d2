import {
  ANNOTATION_ENDPOINT,
  ANNOTATION_ISSUED_AT,
  ANNOTATION_KEY_GENERATION,
  ANNOTATION_PAIR_DIGEST,
  ANNOTATION_PREVIOUS_KEYS,
  ANNOTATION_USER,
  API_VERSION,
  AWS_ACCESS_KEY_ID,
  AWS_ENDPOINT_URL_S3,
  AWS_REGION,
  AWS_SECRET_ACCESS_KEY,
  IMPORTED,
  LABEL_ACCESS_KEY,
  LABEL_MANAGED_BY,
  MANAGED_BY,
} from '../../api/names.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { pairDigest } from '../../ownership/new-pair.ts';
import type { Pair } from '../../provider/provider.ts';
import { ownership, type SecretFacts } from './facts.ts';
import { type PreviousKey, recordText } from './previous-record.ts';
import type { Shape } from './shape.ts';
import { encoded, hasTexts, outdatedBy, shapeAnnotation, templatedDigest } from './template-record.ts';

/** The desired content of the Secret of an AccessKey. */
export interface Publication {
  readonly pair: Pair;
  /** The pair's user in the store, as the store's tools name it. */
  readonly user: string;
  /** The time when the pair was made, RFC 3339. */
  readonly issuedAt: string;
  /** The spec's keyGeneration for which the pair was made. */
  readonly keyGeneration: number;
  /** True if somebody else made the pair. The operator then writes no digest of it anywhere. */
  readonly imported: boolean;
  /** True if the Secret should outlive its AccessKey. It then has no owner. */
  readonly retained: boolean;
  /** The store's endpoint that issued the pair. */
  readonly issuedBy: string;
  /** The endpoint for the application. */
  readonly endpoint: string;
  readonly region: string;
  readonly previous: readonly PreviousKey[];
  /** The additions of spec.secretTemplate. */
  readonly shape: Shape;
}

/** True if a Secret holds this publication, including owner, labels and annotations. */
export function holds(facts: SecretFacts, accessKey: AccessKey, publication: Publication): boolean {
  const wanted = secretManifest(accessKey, facts.metadata.name, publication);
  return (
    facts.digest === pairDigest(publication.pair) &&
    facts.endpoint === publication.endpoint &&
    facts.region === publication.region &&
    ownership(facts, accessKey) === (publication.retained ? 'unowned' : 'controlled') &&
    hasTexts(facts.metadata.labels, wanted.metadata.labels) &&
    hasTexts(facts.metadata.annotations, wanted.metadata.annotations) &&
    facts.templatedDigest === templatedDigest(wanted)
  );
}

/**
 * Returns the whole Secret that publishes a pair, for a create. It inherits none of the AccessKey's own
 * labels and annotations, because GitOps tools prune what carries theirs.
 */
export function secretManifest(accessKey: AccessKey, name: string, publication: Publication) {
  const { pair, shape } = publication;
  const data = {
    ...shape.data,
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
      labels: {
        ...shape.labels,
        [LABEL_MANAGED_BY]: MANAGED_BY,
        [LABEL_ACCESS_KEY]: accessKey.metadata.name,
      },
      annotations: {
        ...shape.annotations,
        [ANNOTATION_ISSUED_AT]: publication.issuedAt,
        [ANNOTATION_KEY_GENERATION]: String(publication.keyGeneration),
        [ANNOTATION_ENDPOINT]: publication.issuedBy,
        [ANNOTATION_PAIR_DIGEST]: publication.imported ? IMPORTED : pairDigest(pair),
        [ANNOTATION_USER]: publication.user,
        [ANNOTATION_PREVIOUS_KEYS]: recordText(publication.previous),
        ...shapeAnnotation(shape, publication.imported),
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
    data: encoded(data),
  };
}

/**
 * Returns the merge patch that publishes a pair over exactly the Secret that the operator read. Other
 * people's content stays, and what an earlier template wrote goes.
 * @param resourceVersion the version after the operator's own write since, if there was one
 */
export function secretPatch(
  accessKey: AccessKey,
  over: SecretFacts,
  publication: Publication,
  resourceVersion = over.metadata.resourceVersion,
) {
  const { name, uid, ownerReferences = [] } = over.metadata;
  const { metadata, data } = secretManifest(accessKey, name, publication);
  const outdated = outdatedBy(over.metadata.annotations, { metadata, data });
  const others = ownerReferences.filter(
    (owner) => owner.uid !== accessKey.metadata.uid && owner.controller !== true,
  );
  return {
    metadata: {
      uid,
      resourceVersion,
      labels: { ...outdated.labels, ...metadata.labels },
      annotations: { ...outdated.annotations, ...metadata.annotations },
      ownerReferences: [...others, ...metadata.ownerReferences],
    },
    data: { ...outdated.data, ...data },
  };
}
