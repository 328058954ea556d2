/** The reach of a key, by what is in force in the store. */
import { readyOf } from '../../api/conditions.ts';
import type { AccessKey } from '../../api/schema/accesskey.ts';
import { EVERY_BUCKET, type Level } from './permissions.ts';

/** The uses of a bucket that `who-can` asks about. */
export const USES = ['read', 'write'] as const;
export type Use = (typeof USES)[number];

/** The way in which a key reaches a bucket. */
export interface Reach {
  readonly level: Level;
  /** Empty for the whole bucket. */
  readonly prefixes: readonly string[];
  /** The field that gives it: `spec.bucketAccess[1]`, or `limited: false`. */
  readonly through: string;
  /** The ids that the store takes: the current one, and earlier ones in their grace. */
  readonly ids: readonly string[];
  /** The reason why the store refuses the key for now; undefined if it takes it. */
  readonly refusedBecause: string | undefined;
}

/** While one of these is the reason, the store takes no pair of the key. */
const REFUSED = ['Disabled', 'DisabledInStore', 'Expired', 'Deleting'];

/** Returns how the key reaches the bucket for that use; undefined if it doesn't. */
export function reachOf({ spec, status }: AccessKey, bucket: string, use: Use): Reach | undefined {
  const ids = [
    status?.accessKeyId,
    ...(status?.previousKeys ?? []).map(({ accessKeyId }) => accessKeyId),
  ].filter((id) => id !== undefined);
  if (ids.length === 0) return undefined;
  const granting = (status?.permissions ?? []).find(
    ({ bucketName, permissions }) => [bucket, EVERY_BUCKET].includes(bucketName) && allows(permissions, use),
  );
  if (granting === undefined) return undefined;
  const { bucketName, permissions, prefixes = [] } = granting;
  const at = (spec.bucketAccess ?? []).findIndex((entry) => entry.bucketName === bucketName);
  const ready = readyOf({ status });
  return {
    level: permissions,
    prefixes,
    through:
      bucketName === EVERY_BUCKET
        ? 'unrestricted'
        : at < 0
          ? 'an entry that the spec has no more'
          : `spec.bucketAccess[${at}]`,
    ids,
    refusedBecause: ready && REFUSED.includes(ready.reason) ? ready.reason : undefined,
  };
}

function allows(level: Level, use: Use): boolean {
  if (level === 'none') return false;
  return use === 'read' || level !== 'read_only';
}
