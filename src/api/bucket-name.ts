/**
 * The form of bucket names and prefixes. The CRDs' rules use the expressions in this file. The operator calls
 * the functions again before a name gets into a policy, because an object in etcd may be older than a rule.
 * Two engines read the expressions, JavaScript's and RE2, so they have no look-around and no back references.
 */

/** The minimum and maximum lengths of a bucket's name and of a prefix, in characters. */
export const BUCKET_NAME_MIN = 3;
export const BUCKET_NAME_MAX = 63;
export const PREFIX_MAX = 512;
/** The maximum length of all prefixes of a key together. More would fit into no policy. */
export const PREFIXES_MAX = 20_480;

/** Labels of lowercase letters, digits and inner hyphens, joined by single dots. */
export const BUCKET_NAME = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** Names with the format of an IPv4 address, which no S3 bucket has. */
export const LIKE_IPV4 = /^(?:[0-9]+\.){3}[0-9]+$/;

/** The name that MinIO reserves for itself. */
export const RESERVED_BUCKET = 'minio';

/** The characters of a prefix. None is a wildcard, a variable or an escape in a policy. */
export const PREFIX_CHARACTERS = /^[A-Za-z0-9!_.'()/=+@-]+$/;

/** Faults that no prefix has: an empty, `.` or `..` component, or an end other than `/`. */
export const PREFIX_FAULT = /(?:^|[/])\.{0,2}[/]|[^/]$/;

/**
 * True if `name` can be a bucket's name. The rules are S3's for general purpose buckets (docs.aws.amazon.com,
 * "General purpose bucket naming rules") as far as MinIO enforces them. Endings that only AWS reserves are
 * allowed.
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
 * True if a key may be confined to the objects below `prefix`: 1 to 512 characters of
 * `[A-Za-z0-9!_.'()/=+@-]`, ending in `/`, with no empty, `.` or `..` component.
 */
export function isPrefix(prefix: string): boolean {
  return prefix.length <= PREFIX_MAX && PREFIX_CHARACTERS.test(prefix) && !PREFIX_FAULT.test(prefix);
}
