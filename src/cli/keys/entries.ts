/**
 * Entries of spec.bucketAccess as the command line writes them: `photos=read_write`,
 * `logs=read_only:2026/,2027/`.
 */
import { isBucketName, isPrefix } from '../../api/bucket-name.ts';
import type { BucketAccess } from '../../api/schema/accesskey.ts';

/** Short for read_write with deletion: false. */
export const APPEND_ONLY = 'append_only';
const LEVELS = ['none', 'read_only', 'read_write', APPEND_ONLY] as const;

/** Parses an entry. For a text that isn't one, returns a sentence that says what to write. */
export function parseEntry(text: string): BucketAccess | string {
  const [, bucketName = '', permissions = '', prefixList] = /^([^=]*)=([^:]*)(?::(.*))?$/.exec(text) ?? [];
  if (!text.includes('='))
    return `${JSON.stringify(text)} has no permission: write BUCKET=read_only, BUCKET=read_write, BUCKET=append_only or BUCKET=none`;
  if (!isBucketName(bucketName))
    return `${JSON.stringify(bucketName)} is not a bucket name: write it as the store lists it, without wildcard or path`;
  const level = LEVELS.find((name) => name === permissions);
  if (level === undefined)
    return `${JSON.stringify(permissions)} is not a permission: write ${LEVELS.join(', ')}`;
  const entry: BucketAccess =
    level === APPEND_ONLY
      ? { bucketName, permissions: 'read_write', deletion: false }
      : { bucketName, permissions: level };
  if (prefixList === undefined) return entry;
  const prefixes = prefixList.split(',');
  const wrong = prefixes.find((prefix) => !isPrefix(prefix));
  if (wrong !== undefined)
    return `${JSON.stringify(wrong)} is not a prefix: write one that ends in /, such as 2026/reports/`;
  return { ...entry, prefixes };
}

/**
 * Returns entries with others laid over them: a bucket that is named again gets its new entry, in its place.
 * An entry with `create` keeps it, unless the new one gives no access. If the old entry forbade deletion, a
 * new one that allows it says so explicitly.
 */
export function mergeEntries(
  before: readonly BucketAccess[],
  changes: readonly BucketAccess[],
): BucketAccess[] {
  const merged = new Map(before.map((entry) => [entry.bucketName, entry]));
  for (const entry of changes) {
    const before = merged.get(entry.bucketName);
    const create = entry.permissions === 'none' ? undefined : before?.create;
    const isWidened = before?.deletion === false && entry.permissions === 'read_write';
    merged.set(entry.bucketName, {
      ...(isWidened && { deletion: true }),
      ...entry,
      ...(create !== undefined && { create }),
    });
  }
  return [...merged.values()];
}

/**
 * Returns the entries with `create: true`, by which the operator creates a bucket that isn't there; not one
 * that is closed.
 */
export function withBucketsCreated(entries: readonly BucketAccess[]): BucketAccess[] {
  return entries.map((entry) => (entry.permissions === 'none' ? entry : { ...entry, create: true }));
}
