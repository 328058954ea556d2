/** The patterns by which a store's grants name buckets: `shop-photos`, `shop-*`, `{namespace}.*`. */
import { BUCKET_NAME_MAX } from './bucket-name.ts';

const NAMESPACE = '{namespace}';

/** A bucket's longest name with the placeholder beside it. */
export const GRANT_PATTERN_MAX = BUCKET_NAME_MAX + NAMESPACE.length;

/**
 * A bucket name's characters; `*` only at the end; `{namespace}` once, at the end or before a dot. A namespace has
 * no dot, so `{namespace}.*` of one is never a bucket of another, as `{namespace}-*` would be. RE2's syntax too.
 */
export const GRANT_PATTERN = /^(?:[a-z0-9][a-z0-9.-]*)?(?:[*]|\{namespace\}(?:\.[a-z0-9.-]*[*]?)?)?$/;

/** What a pattern says, once its namespace is known: one bucket, or all whose names begin alike. */
export interface BucketRange {
  /** The bucket's name; where `open`, the beginning of it. */
  readonly name: string;
  readonly open: boolean;
}

/**
 * Reads a grant's pattern for the namespace of the key that asks. Gives undefined for one that isn't 1 to 74
 * characters of the form above: it covers nothing.
 */
export function parseGrantPattern(pattern: string, namespace: string): BucketRange | undefined {
  if (pattern === '' || pattern.length > GRANT_PATTERN_MAX || !GRANT_PATTERN.test(pattern)) return undefined;
  const open = pattern.endsWith('*');
  // The replacement is a function, so that nothing in the namespace's name is taken for a `$` pattern.
  return { name: (open ? pattern.slice(0, -1) : pattern).replace(NAMESPACE, () => namespace), open };
}

/** Whether the bucket of that name is in the range. */
export function coversBucket(range: BucketRange, bucketName: string): boolean {
  return range.open ? bucketName.startsWith(range.name) : bucketName === range.name;
}
