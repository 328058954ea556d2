import { expect, test } from 'vitest';
import { zip } from '../../bench/fill/zip.ts';
import { unzip } from '../../integration/support/unzip.ts';

const files = [
  { name: 'folder/first.json', data: Buffer.from('{"a":1}') },
  { name: 'empty', data: Buffer.alloc(0) },
  { name: 'ünïcode', data: Buffer.from([0, 0xff, 0x50, 0x4b, 1, 2]) },
];

test('an archive has its files again', () => {
  expect([...unzip(zip(files))]).toEqual(files.map(({ name, data }) => [name, data]));
  expect(unzip(zip([])).size).toBe(0);
});

test('something else than an archive is refused', () => {
  expect(() => unzip(Buffer.from('<html>'))).toThrow('no zip archive');
  expect(() => unzip(zip(files).subarray(0, -1))).toThrow('no zip archive');
});
