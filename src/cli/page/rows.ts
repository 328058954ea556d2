/** The rows that the list shows, and their order. Pure. */
import type { KeyRow } from '../ui/protocol.ts';

/** The columns of the list. */
export const COLUMNS = [
  'label',
  'accessKeyId',
  'access',
  'store',
  'status',
  'age',
  'rotation',
  'expiry',
] as const;
/** One of the columns. */
export type Column = (typeof COLUMNS)[number];

/** A column to sort by. */
export interface Order {
  readonly column: Column;
  readonly descending: boolean;
}

/** The choices of the filter by status. */
export const STATES = ['all', 'ready', 'notReady', 'disabled'] as const;
/** One of these choices. */
export type State = (typeof STATES)[number];

/** A search and a status. */
export interface Filter {
  readonly text: string;
  readonly state: State;
}

const VALUES: Readonly<Record<Column, (row: KeyRow) => string>> = {
  label: ({ label }) => label.toLowerCase(),
  accessKeyId: ({ accessKeyId }) => accessKeyId,
  access: ({ access }) => access,
  store: ({ store }) => store,
  status: ({ standing, reason }) => `${standing === 'works' ? 1 : 0}${reason}`,
  // The youngest first, as ages rise.
  age: ({ createdAt }) => (createdAt === '' ? '' : String(9e15 - Date.parse(createdAt)).padStart(17, '0')),
  rotation: ({ nextRotationAt }) => nextRotationAt,
  expiry: ({ expiresAt }) => expiresAt,
};

/**
 * Returns the rows that match, sorted. Rows without a value in the column come last in either direction.
 */
export function shownRows(rows: Iterable<KeyRow>, filter: Filter, { column, descending }: Order): KeyRow[] {
  const value = VALUES[column];
  const sign = descending ? -1 : 1;
  return [...rows]
    .filter((row) => matches(row, filter))
    .sort((a, b) => {
      const [one, other] = [value(a), value(b)];
      if (one === '' || other === '') return Number(one === '') - Number(other === '') || byName(a, b);
      return sign * compare(one, other) || byName(a, b);
    });
}

function matches(row: KeyRow, { text, state }: Filter): boolean {
  const isReady = row.standing === 'works';
  if (state === 'ready' && !isReady) return false;
  if (state === 'notReady' && (isReady || row.disabled)) return false;
  if (state === 'disabled' && !row.disabled) return false;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const all = [
    row.label,
    row.name,
    row.namespace,
    row.accessKeyId,
    row.store,
    row.reason,
    row.access,
    row.owner?.tool ?? '',
  ]
    .join(' ')
    .toLowerCase();
  return words.every((word) => all.includes(word));
}

function byName(a: KeyRow, b: KeyRow): number {
  return compare(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
