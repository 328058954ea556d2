/** The patterns by which a store's grants name buckets: `shop-photos`, `shop-*`, `{namespace}.*`. */
import { BUCKET_NAME_MAX } from './bucket-name.ts';

const NAMESPACE = '{namespace}';

/** The length of a bucket's longest name with the placeholder beside it. */
export const GRANT_PATTERN_MAX = BUCKET_NAME_MAX + NAMESPACE.length;

/**
 * A bucket name's characters, with `*` only at the end, and `{namespace}` once, at the end or before a dot. A
 * namespace has no dot, so `{namespace}.*` of one namespace never matches a bucket of another.
 * `{namespace}-*` could. RE2 can read the expression too.
 */
export const GRANT_PATTERN = /^(?:[a-z0-9][a-z0-9.-]*)?(?:[*]|\{namespace\}(?:\.[a-z0-9.-]*[*]?)?)?$/;

/**
 * The buckets that a pattern covers once its namespace is known: one bucket, or all buckets whose names begin
 * alike.
 */
export interface BucketRange {
  /** The bucket's name or, if `open`, its beginning. */
  readonly name: string;
  readonly open: boolean;
}

/**
 * Reads a grant's pattern for the namespace of the key that asks. Returns undefined for one that isn't 1 to
 * 74 characters of the form above: it covers nothing.
 */
export function parseGrantPattern(pattern: string, namespace: string): BucketRange | undefined {
  if (pattern === '' || pattern.length > GRANT_PATTERN_MAX || !GRANT_PATTERN.test(pattern)) return undefined;
  const open = pattern.endsWith('*');
  // The replacement is a function, so a `$` in the namespace's name isn't read as a pattern.
  return { name: (open ? pattern.slice(0, -1) : pattern).replace(NAMESPACE, () => namespace), open };
}

/** True if the range covers the bucket of that name. */
export function coversBucket(range: BucketRange, bucketName: string): boolean {
  return range.open ? bucketName.startsWith(range.name) : bucketName === range.name;
}
