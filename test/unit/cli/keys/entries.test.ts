import { expect, test } from 'vitest';
import { mergeEntries, parseEntry, withBucketsCreated } from '../../../../src/cli/keys/entries.ts';

test.each([
  ['photos=read_write', { bucketName: 'photos', permissions: 'read_write' }],
  [
    'logs=read_only:2026/,2027/',
    { bucketName: 'logs', permissions: 'read_only', prefixes: ['2026/', '2027/'] },
  ],
  [
    'backups=append_only:2026/',
    { bucketName: 'backups', permissions: 'read_write', deletion: false, prefixes: ['2026/'] },
  ],
  ['a.b-c=none', { bucketName: 'a.b-c', permissions: 'none' }],
  ['photos', 'has no permission'],
  ['photos=rw', '"rw" is not a permission: write none, read_only, read_write'],
  ['*=read_only', '"*" is not a bucket name'],
  ['photos=read_only:2026', '"2026" is not a prefix'],
  ['photos=read_only:', '"" is not a prefix'],
])('parseEntry reads or refuses %s', (text, expected) => {
  const parsed = parseEntry(text);
  if (typeof expected === 'string') expect(parsed).toContain(expected);
  else expect(parsed).toEqual(expected);
});

test('entries are laid over others in their place', () => {
  const before = [
    { bucketName: 'a', permissions: 'read_only', prefixes: ['x/'] },
    { bucketName: 'b', permissions: 'none' },
  ] as const;
  const changes = [
    { bucketName: 'c', permissions: 'read_only' },
    { bucketName: 'a', permissions: 'read_write' },
  ] as const;
  const merged = mergeEntries(
    before.map((entry) => ({ ...entry }) as never),
    changes,
  );
  expect(merged).toEqual([changes[1], before[1], changes[0]]);
});

test('a bucket that the operator creates stays so under other permissions, and not under none', () => {
  const before = [
    { bucketName: 'photos', permissions: 'read_write', create: true },
    { bucketName: 'logs', permissions: 'read_only', create: true },
  ] as const;
  const changes = [
    { bucketName: 'photos', permissions: 'read_only' },
    { bucketName: 'logs', permissions: 'none' },
  ] as const;
  expect(mergeEntries(before, changes)).toEqual([{ ...changes[0], create: true }, changes[1]]);
});

test('an entry that lets a key delete again says so', () => {
  const appendOnly = { bucketName: 'a', permissions: 'read_write', deletion: false } as const;
  const readWrite = { bucketName: 'a', permissions: 'read_write' } as const;
  expect(mergeEntries([appendOnly], [readWrite])).toEqual([{ ...readWrite, deletion: true }]);
  expect(mergeEntries([appendOnly], [{ ...readWrite, permissions: 'read_only' }])).toEqual([
    { ...readWrite, permissions: 'read_only' },
  ]);
  expect(mergeEntries([readWrite], [appendOnly])).toEqual([appendOnly]);
});

test('buckets are to be created, but for those that are closed to the key', () => {
  const entries = [
    { bucketName: 'a', permissions: 'read_write' as const },
    { bucketName: 'b', permissions: 'none' as const },
  ];
  expect(withBucketsCreated(entries)).toEqual([{ ...entries[0], create: true }, entries[1]]);
});
