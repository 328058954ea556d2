import {
  ANNOTATION_ENDPOINT,
  ANNOTATION_ISSUED_AT,
  ANNOTATION_KEY_GENERATION,
  ANNOTATION_PAIR_DIGEST,
  ANNOTATION_USER,
  LABEL_ACCESS_KEY,
  LABEL_MANAGED_BY,
} from '../../api/names.ts';
import type { Observed } from '../observe/observed.ts';
import { isRecordEdited } from '../secret/previous-record.ts';
import { type Publication, secretManifest } from '../secret/publication.ts';

const LABELS = [LABEL_MANAGED_BY, LABEL_ACCESS_KEY];
/**
 * The annotations to compare. The list leaves out those that the operator changes over time: previous keys
 * end, so only an edited record counts.
 */
const ANNOTATIONS = [
  ANNOTATION_ISSUED_AT,
  ANNOTATION_KEY_GENERATION,
  ANNOTATION_ENDPOINT,
  ANNOTATION_PAIR_DIGEST,
];

/**
 * Returns in words what somebody has changed in a Secret beside its pair. What a change of the spec causes is
 * no damage.
 */
export function damageOf(
  { secret, accessKey }: Pick<Observed, 'secret' | 'accessKey'>,
  publication: Publication,
): string[] {
  const { metadata, status } = accessKey;
  if (!secret || status.observedGeneration !== metadata.generation) return [];
  const { name, labels, annotations } = secret.facts.metadata;
  const wanted = secretManifest(accessKey, name, publication).metadata;
  const differs = (names: readonly string[], of: Texts | undefined, as: Texts) =>
    names.some((key) => of?.[key] !== as[key]);
  // An earlier version of the operator wrote no user.
  const edited =
    annotations?.[ANNOTATION_USER] === undefined ? ANNOTATIONS : [...ANNOTATIONS, ANNOTATION_USER];
  return [
    ...(differs(LABELS, labels, wanted.labels) ? ['labels'] : []),
    ...(publication.retained || secret.ownership === 'controlled' ? [] : ['owner']),
    ...(differs(edited, annotations, wanted.annotations) || isRecordEdited(secret.facts)
      ? ['annotations']
      : []),
  ];
}

type Texts = Readonly<Record<string, string>>;
