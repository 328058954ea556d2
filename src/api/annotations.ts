import {
  ANNOTATION_ENDPOINT,
  ANNOTATION_ISSUED_AT,
  ANNOTATION_KEY_GENERATION,
  ANNOTATION_PAIR_DIGEST,
  ANNOTATION_PAUSED,
  ANNOTATION_PREVIOUS_KEYS,
  ANNOTATION_PUBLISH_BLOCK,
  ANNOTATION_ROTATE_AT,
  ANNOTATION_TEMPLATE,
  ANNOTATION_USER,
} from './names.ts';

/** An annotation of an AccessKey that people write. */
interface UserAnnotation {
  readonly name: string;
  /** The value to write, as Markdown. */
  readonly value: string;
  readonly effect: string;
}

/** docs/reference.md is rendered from this table. */
export const USER_ANNOTATIONS: readonly UserAnnotation[] = [
  {
    name: ANNOTATION_PAUSED,
    value: '`"true"`',
    effect:
      "The operator leaves the key as it is until you remove the annotation, whatever the spec says and whatever happens in the store. Meanwhile Ready is False with the reason `Paused`. Deletion and `expiresAt` still revoke the key, and it still loses what exceeds the store's grants and settings. A `maxAge` of the grants still replaces the pair in time; the rest of the spec then takes effect too.",
  },
  {
    name: ANNOTATION_ROTATE_AT,
    value: 'a time (RFC 3339)',
    effect:
      'After this time the operator replaces a pair that is older than it, once. The old pair works for the grace period.',
  },
];

/** An annotation that the operator writes on a Secret, and what it says. */
interface SecretAnnotation {
  readonly name: string;
  readonly says: string;
}

/** docs/reference.md is rendered from this table. */
export const SECRET_ANNOTATIONS: readonly SecretAnnotation[] = [
  {
    name: ANNOTATION_USER,
    says: "The pair's user in the store, as the store's own tools and logs name it: the access key id on MinIO, path and id in a store with the IAM API.",
  },
  { name: ANNOTATION_ISSUED_AT, says: 'When the pair was issued (RFC 3339).' },
  { name: ANNOTATION_KEY_GENERATION, says: 'The `spec.keyGeneration` for which the pair was made.' },
  { name: ANNOTATION_ENDPOINT, says: "The store's endpoint that issued the pair." },
  {
    name: ANNOTATION_PAIR_DIGEST,
    says: 'A digest of the pair, by which the operator sees an edit; `imported` for a pair that somebody else made.',
  },
  {
    name: ANNOTATION_PREVIOUS_KEYS,
    says: 'The replaced pairs that still work: a JSON list of `accessKeyId` and `revokeAt`.',
  },
  {
    name: ANNOTATION_TEMPLATE,
    says: '`spec.secretTemplate`: the names of what the operator wrote for it, and digests of that.',
  },
  {
    name: ANNOTATION_PUBLISH_BLOCK,
    says: 'A digest of users that were made in vain and removed. Its write makes a late publication of their pairs fail.',
  },
];
