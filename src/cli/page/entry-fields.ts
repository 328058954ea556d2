/** The table of buckets as it is being filled in, and the entries that it stands for. Pure. */
import type { BucketAccess, Finding, Preview } from '../ui/protocol.ts';

/** None, Read or Read+Write. */
export type PermissionLevel = BucketAccess['permissions'];

/** One row of the table. */
export interface EntryField {
  /** Tells rows apart while their names change. */
  readonly id: number;
  readonly bucketName: string;
  readonly permissions: PermissionLevel;
  /** Separated by commas; '' for the whole bucket. */
  readonly prefixes: string;
  readonly create: boolean;
  readonly deletion: boolean;
}

/** The switch Limited Access, and the table. */
export interface AccessFields {
  readonly limited: boolean;
  readonly entries: readonly EntryField[];
}

let ids = 0;

/** Makes a row that nobody has filled in. */
export function emptyEntry(): EntryField {
  ids += 1;
  return { id: ids, bucketName: '', permissions: 'read_only', prefixes: '', create: false, deletion: true };
}

/** Returns the fields for the access of a key. */
export function fieldsOf(unrestricted: boolean, entries: readonly BucketAccess[]): AccessFields {
  return {
    limited: !unrestricted,
    entries: entries.map(({ bucketName, permissions, prefixes = [], create = false, deletion = true }) => ({
      ...emptyEntry(),
      ...{ bucketName, permissions, create, deletion, prefixes: prefixes.join(', ') },
    })),
  };
}

/** Rows with a bucket: a row that nobody has filled in yet asks for nothing. */
function filledIn({ entries }: AccessFields): EntryField[] {
  return entries.filter(({ bucketName }) => bucketName.trim() !== '');
}

/**
 * Returns the access that the fields ask for. `before` has the entries whose `deletion` the key says
 * already.
 */
export function accessOf(
  fields: AccessFields,
  before: readonly BucketAccess[] = [],
): 'unrestricted' | BucketAccess[] {
  if (!fields.limited) return 'unrestricted';
  return filledIn(fields).map((field) => {
    const { permissions, create, deletion } = field;
    const bucketName = field.bucketName.trim();
    const prefixes = field.prefixes.split(/[\s,]+/).filter(Boolean);
    const said = before.find((entry) => entry.bucketName === bucketName)?.deletion;
    return {
      bucketName,
      permissions,
      ...(permissions !== 'none' && prefixes.length > 0 && { prefixes }),
      ...(permissions !== 'none' && create && { create }),
      ...(permissions === 'read_write' && (!deletion || said !== undefined) && { deletion }),
    };
  });
}

/** The choices of a row, from the least to the most. */
export const LEVELS = [
  { value: 'none', title: 'None' },
  { value: 'read_only', title: 'Read' },
  { value: 'read_write', title: 'Read+Write' },
] as const;

const RANK = { none: 0, read_only: 1, read_write: 2 } as const;

/** True if the store is known to grant less than this. */
export function isBeyond(level: PermissionLevel, bucketName: string, most: Preview['most']): boolean {
  const granted = Object.hasOwn(most, bucketName.trim()) ? most[bucketName.trim()] : undefined;
  return granted !== undefined && RANK[level] > RANK[granted];
}

/** Divides findings into those of one row and those of the access as a whole. */
export function accessFindings(
  fields: AccessFields,
  findings: readonly Finding[],
): { readonly byEntry: ReadonlyMap<number, string>; readonly whole: readonly string[] } {
  const rows = filledIn(fields);
  const byEntry = new Map<number, string>();
  const whole: string[] = [];
  for (const { field, sentence } of findings) {
    const [, index] = /^spec\.bucketAccess\[(\d+)\]/.exec(field) ?? [];
    const row = index === undefined ? undefined : rows[Number(index)];
    const before = row && byEntry.get(row.id);
    if (row) byEntry.set(row.id, before === undefined ? sentence : `${before}; ${sentence}`);
    else if (/^spec(\.bucketAccess|\.limited)?$/.test(field)) whole.push(sentence);
  }
  return { byEntry, whole };
}
