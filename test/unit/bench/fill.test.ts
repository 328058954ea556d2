/** The parts of the benchmark's filling that only compute: a wrong copy would be another key than requests make. */
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { copyOf, type Identity } from '../../bench/fill/copies.ts';
import { zip } from '../../bench/fill/zip.ts';

const from: Identity = {
  name: 'key-000000',
  policy: 'accesskeys.c.crowd.key-000000.aaaa',
  policyDigest: 'd0d0',
  pairDigest: 'p0p0',
  accessKeyUid: 'uid-0',
  secretUid: 'uid-1',
  accessKeyId: 'AKOAAAA',
  secretAccessKey: 'secret0',
};
const to: Identity = {
  name: 'key-000001',
  policy: 'accesskeys.c.crowd.key-000001.bbbb',
  policyDigest: 'd1d1',
  pairDigest: 'p1p1',
  accessKeyUid: 'uid-2',
  secretUid: 'uid-3',
  accessKeyId: 'AKOBBBB',
  secretAccessKey: 'secret1',
};

test('a copy has the other identity everywhere, and every other byte as it was', () => {
  const between = Buffer.from([0, 0xff, 0x80, 0x0a]);
  const stored = (identity: Identity) =>
    Buffer.concat(
      [...Object.values(identity), identity.name].flatMap((text) => [between, Buffer.from(text)]),
    );
  expect(copyOf(stored(from), from, to)).toEqual(stored(to));
});

test('a copy with a text of another length is refused', () => {
  expect(() => copyOf(Buffer.from(''), from, { ...to, name: 'key-1' })).toThrow('another length of name');
});

test('an archive is read back by its directory', () => {
  const files = [
    { name: 'x/a.json', data: Buffer.from('{"a":"ä"}') },
    { name: 'x/b.json', data: Buffer.alloc(70_000, 1) },
  ];
  expect(filesIn(zip(files))).toEqual(files);
  expect(filesIn(zip([]))).toEqual([]);
});

/** Reads an archive as any program does: from the record at its end to the directory, and from there to each file. */
function filesIn(archive: Buffer): { name: string; data: Buffer }[] {
  const end = archive.length - 22;
  expect(archive.readUInt32LE(end)).toBe(0x06054b50);
  let at = archive.readUInt32LE(end + 16);
  expect(at + archive.readUInt32LE(end + 12)).toBe(end);
  return Array.from({ length: archive.readUInt16LE(end + 10) }, () => {
    expect(archive.readUInt32LE(at)).toBe(0x02014b50);
    const [length, nameLength] = [archive.readUInt32LE(at + 24), archive.readUInt16LE(at + 28)];
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    expect(archive.readUInt32LE(local)).toBe(0x04034b50);
    // From the version to the lengths of name and extra field, both headers say the same.
    expect(archive.subarray(local + 4, local + 30)).toEqual(archive.subarray(at + 6, at + 32));
    const begin = local + 30 + nameLength;
    const data = archive.subarray(begin, begin + length);
    expect(archive.readUInt32LE(at + 16)).toBe(crc32(data));
    at += 46 + nameLength;
    return { name, data };
  });
}
