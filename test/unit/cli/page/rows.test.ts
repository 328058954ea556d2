import { expect, test } from 'vitest';
import { afterMessage, EMPTY, type KeyList } from '../../../../src/cli/page/key-list.ts';
import { shownRows } from '../../../../src/cli/page/rows.ts';
import { ROW_HEIGHT, visibleRange } from '../../../../src/cli/page/window.ts';
import type { KeyRow } from '../../../../src/cli/ui/protocol.ts';

const row = (name: string, more: Partial<KeyRow> = {}): KeyRow => ({
  ...{
    uid: name,
    namespace: 'shop',
    name,
    label: name,
    accessKeyId: '',
    access: '',
    store: 'ClusterObjectStore/default',
  },
  ...{ standing: 'works', reason: 'Issued', why: '', createdAt: '2026-01-01T00:00:00Z', nextRotationAt: '' },
  ...{ expiresAt: '', disabled: false, deleting: false },
  ...more,
});
const all = { text: '', state: 'all' } as const;
const names = (rows: readonly KeyRow[]) => rows.map(({ name }) => name).join(' ');
const rows = [
  row('b', { label: 'Beta', expiresAt: '2027-01-01T00:00:00Z', createdAt: '2026-03-01T00:00:00Z' }),
  row('a', { label: 'alpha', standing: 'stalled', reason: 'GrantDenied' }),
  row('c', {
    label: 'Gamma',
    disabled: true,
    standing: 'stalled',
    reason: 'Disabled',
    createdAt: '2026-02-01T00:00:00Z',
  }),
];

test('sorts by a column, either way; what has no value comes last', () => {
  expect(names(shownRows(rows, all, { column: 'label', descending: false }))).toBe('a b c');
  expect(names(shownRows(rows, all, { column: 'label', descending: true }))).toBe('c b a');
  expect(names(shownRows(rows, all, { column: 'age', descending: false }))).toBe('b c a');
  expect(names(shownRows(rows, all, { column: 'expiry', descending: true }))).toBe('b a c');
  expect(names(shownRows(rows, all, { column: 'status', descending: false }))).toBe('c a b');
});

test('filters by words in any column, and by status', () => {
  const order = { column: 'label', descending: false } as const;
  expect(names(shownRows(rows, { text: 'SHOP grant', state: 'all' }, order))).toBe('a');
  expect(names(shownRows(rows, { text: 'nothing', state: 'all' }, order))).toBe('');
  expect(names(shownRows(rows, { text: '', state: 'ready' }, order))).toBe('b');
  expect(names(shownRows(rows, { text: '', state: 'notReady' }, order))).toBe('a');
  expect(names(shownRows(rows, { text: '', state: 'disabled' }, order))).toBe('c');
});

test('of many rows only those that can be seen are there, with some around them', () => {
  expect(visibleRange(1_000, 0, 600)).toEqual({ from: 0, to: 18 });
  expect(visibleRange(1_000, 500 * ROW_HEIGHT, 600)).toEqual({ from: 492, to: 518 });
  expect(visibleRange(1_000, 999 * ROW_HEIGHT, 600)).toEqual({ from: 991, to: 1_000 });
  // A list that has just become shorter than it was scrolled.
  expect(visibleRange(3, 500 * ROW_HEIGHT, 600)).toEqual({ from: 0, to: 3 });
  expect(visibleRange(0, 0, 600)).toEqual({ from: 0, to: 0 });
});

test('follows the messages of the watch', () => {
  let list: KeyList = EMPTY;
  const told = (...messages: Parameters<typeof afterMessage>[1][]) => {
    for (const message of messages) list = afterMessage(list, message);
    return [names([...list.rows.values()]), list.synced, list.trouble];
  };
  expect(told({ type: 'changed', rows: [row('a'), row('b')] })).toEqual(['a b', false, '']);
  expect(told({ type: 'synced' })).toEqual(['a b', true, '']);
  expect(told({ type: 'trouble', sentence: 'away' })).toEqual(['a b', true, 'away']);
  expect(told({ type: 'gone', uids: ['a', 'unknown'] })).toEqual(['b', true, '']);
});
