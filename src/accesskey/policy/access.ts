import { isBucketName, isPrefix } from '../../api/bucket-name.ts';
import type { AccessKeySpec, BucketAccess } from '../../api/schema/accesskey.ts';

/** The access to one bucket. A bucket with `none` has no entry. */
type Permission = 'read_only' | 'read_write';

/** The values of `permissions` in an entry of spec.bucketAccess. */
const PERMISSIONS: readonly string[] = ['none', 'read_only', 'read_write'];

/** One bucket of a limited key. Without prefixes it is the whole bucket. */
export interface Entry {
  readonly bucketName: string;
  readonly permissions: Permission;
  readonly prefixes: readonly string[];
  /**
   * True if the operator creates the bucket when it is missing. A policy doesn't record it, so the operator
   * never reads it back.
   */
  readonly create?: true;
  /** False if the key deletes nothing there and replaces no version. */
  readonly deletion?: false;
}

/** The access of a key, as asked for or as in force. Entries and prefixes are sorted. */
export type Access =
  | { readonly kind: 'unrestricted' }
  | { readonly kind: 'limited'; readonly entries: readonly Entry[] };

/**
 * Returns what an AccessKey asks for. Returns the cause as a string for an object that the CRD's rules would
 * refuse, because it was stored before a rule or past it. The function never guesses and never returns more
 * than the spec says.
 */
export function requestedAccess(spec: AccessKeySpec): Access | string {
  if (spec.limited === undefined && spec.bucketAccess === undefined) return { kind: 'unrestricted' };
  const named = spec.bucketAccess ?? [];
  if (spec.limited === false) {
    return named.length === 0
      ? { kind: 'unrestricted' }
      : 'spec.bucketAccess has entries beside spec.limited: false; remove one of the two';
  }
  if (spec.limited === undefined && named.length === 0) {
    return 'spec.bucketAccess is empty and spec.limited is missing; set limited: true for a key without buckets';
  }
  const entries: Entry[] = [];
  const seen = new Set<string>();
  for (const request of named) {
    const { bucketName, permissions, prefixes, create, deletion } = request;
    const fault = faultOf(request);
    if (fault !== undefined) return `spec.bucketAccess: ${fault}`;
    if (seen.has(bucketName)) return `spec.bucketAccess names bucket ${bucketName} twice`;
    seen.add(bucketName);
    if (permissions === 'none') continue;
    entries.push({
      bucketName,
      permissions,
      prefixes: [...new Set(prefixes)].sort(),
      ...(create && { create }),
      ...(deletion === false && { deletion }),
    });
  }
  entries.sort((a, b) => (a.bucketName < b.bucketName ? -1 : 1));
  return { kind: 'limited', entries };
}

/** Returns the cause if an entry is one that the CRD's rules would refuse. */
function faultOf({ bucketName, permissions, prefixes, create, deletion }: BucketAccess): string | undefined {
  if (!isBucketName(bucketName)) return `${JSON.stringify(bucketName)} is not a bucket name`;
  if (prefixes?.length === 0)
    return `prefixes of bucket ${bucketName} is empty; name some, or remove it for the whole bucket`;
  const wrong = prefixes?.find((prefix) => !isPrefix(prefix));
  if (wrong !== undefined) return `${JSON.stringify(wrong)} is not a prefix of bucket ${bucketName}`;
  if (!PERMISSIONS.includes(permissions))
    return `${JSON.stringify(permissions)} is not a permission of bucket ${bucketName}`;
  if (permissions === 'none' && create)
    return `bucket ${bucketName} has create: true beside permissions: none; remove one of the two`;
  if (deletion !== undefined && typeof deletion !== 'boolean')
    return `deletion of bucket ${bucketName} is neither true nor false`;
  if (deletion === false && permissions !== 'read_write')
    return `bucket ${bucketName} has deletion: false beside ${permissions}; remove it, or write permissions: read_write`;
  return undefined;
}

/**
 * Returns one line for the ACCESS column: `unrestricted`, `no buckets`, `3 buckets: 1 read_write, 2
 * read_only`.
 */
export function summarizeAccess(access: Access): string {
  if (access.kind === 'unrestricted') return 'unrestricted';
  const count = access.entries.length;
  if (count === 0) return 'no buckets';
  const kinds = access.entries.map(({ permissions, deletion }) =>
    deletion === false ? 'read_write without deletion' : permissions,
  );
  const parts = (['read_write', 'read_write without deletion', 'read_only'] as const)
    .map((kind) => [kind, kinds.filter((other) => other === kind).length] as const)
    .filter(([, number]) => number > 0)
    .map(([kind, number]) => `${number} ${kind}`);
  return `${count} bucket${count === 1 ? '' : 's'}: ${parts.join(', ')}`;
}
