/** Entries of spec.bucketAccess as the command line writes them: `photos=read_write`, `logs=read_only:2026/,2027/`. */
import { isBucketName, isPrefix } from '../../api/bucket-name.ts';
import type { BucketAccess } from '../../api/schema/accesskey.ts';

const LEVELS = ['none', 'read_only', 'read_write'] as const satisfies readonly BucketAccess['permissions'][];

/** Reads an entry; gives a sentence that says what to write where it isn't one. */
export function parseEntry(text: string): BucketAccess | string {
  const [, bucketName = '', permissions = '', prefixList] = /^([^=]*)=([^:]*)(?::(.*))?$/.exec(text) ?? [];
  if (!text.includes('='))
    return `${JSON.stringify(text)} has no permission: write BUCKET=read_only, BUCKET=read_write or BUCKET=none`;
  if (!isBucketName(bucketName))
    return `${JSON.stringify(bucketName)} is not a bucket name: write it as the store lists it, without wildcard or path`;
  const level = LEVELS.find((name) => name === permissions);
  if (level === undefined)
    return `${JSON.stringify(permissions)} is not a permission: write ${LEVELS.join(', ')}`;
  if (prefixList === undefined) return { bucketName, permissions: level };
  const prefixes = prefixList.split(',');
  const wrong = prefixes.find((prefix) => !isPrefix(prefix));
  if (wrong !== undefined)
    return `${JSON.stringify(wrong)} is not a prefix: write one that ends in /, such as 2026/reports/`;
  return { bucketName, permissions: level, prefixes };
}

/**
 * Entries with others laid over them: a bucket that is named again gets its new entry, in its place. One that the
 * operator creates stays so, unless the key is to have nothing in it.
 */
export function mergeEntries(
  before: readonly BucketAccess[],
  changes: readonly BucketAccess[],
): BucketAccess[] {
  const merged = new Map(before.map((entry) => [entry.bucketName, entry]));
  for (const entry of changes) {
    const create = entry.permissions === 'none' ? undefined : merged.get(entry.bucketName)?.create;
    merged.set(entry.bucketName, { ...entry, ...(create !== undefined && { create }) });
  }
  return [...merged.values()];
}
