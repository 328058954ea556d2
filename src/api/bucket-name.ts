/**
 * What counts as a bucket's name and as a prefix. The CRDs' rules are made of the expressions here, and the
 * operator asks the functions again before a name gets into a policy: an object in etcd may be older than a rule.
 * The expressions are read by two engines, JavaScript's and RE2: no look-around, no back references.
 */

export const BUCKET_NAME_MIN = 3;
export const BUCKET_NAME_MAX = 63;
export const PREFIX_MAX = 512;
/** Of all prefixes of a key together: more fits into no policy. */
export const PREFIXES_MAX = 20_480;

/** Labels of lowercase letters, digits and inner hyphens, joined by single dots. */
export const BUCKET_NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** S3 has no bucket whose name is formatted like an IPv4 address. */
export const LIKE_IPV4 = /^(?:[0-9]+\.){3}[0-9]+$/;

/** MinIO keeps this name for itself. */
export const RESERVED_BUCKET = 'minio';

/** None of them is a wildcard, a variable or an escape in a policy. */
export const PREFIX_CHARACTERS = /^[A-Za-z0-9!_.'()/=+@-]+$/;

/** What no prefix has: an empty, `.` or `..` component, or an end other than `/`. */
export const PREFIX_FAULT = /(?:^|[/])\.{0,2}[/]|[^/]$/;

/**
 * Whether `name` can be a bucket's name: S3's rules for general purpose buckets (docs.aws.amazon.com, "General
 * purpose bucket naming rules") as far as MinIO holds them, without the endings that only AWS reserves.
 */
export function isBucketName(name: string): boolean {
  return (
    name.length >= BUCKET_NAME_MIN &&
    name.length <= BUCKET_NAME_MAX &&
    BUCKET_NAME.test(name) &&
    !LIKE_IPV4.test(name) &&
    name !== RESERVED_BUCKET
  );
}

/**
 * Whether a key may be confined to the objects below `prefix`: 1 to 512 characters of
 * `[A-Za-z0-9!_.'()/=+@-]`, ending in `/`, with no empty, `.` or `..` component.
 */
export function isPrefix(prefix: string): boolean {
  return prefix.length <= PREFIX_MAX && PREFIX_CHARACTERS.test(prefix) && !PREFIX_FAULT.test(prefix);
}
