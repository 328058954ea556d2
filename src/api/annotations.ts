import { ANNOTATION_PAUSED, ANNOTATION_ROTATE_AT } from './names.ts';

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
