import { inflateRawSync } from 'node:zlib';

/** The record at an archive's end, without a comment, and one of its directory for each file (APPNOTE.TXT, 4.3). */
const END = { signature: 0x06054b50, length: 22 };
const ENTRY = { signature: 0x02014b50, length: 46 };
const LOCAL_LENGTH = 30;
const STORED = 0;

/**
 * Returns the files of a zip archive by their names.
 * @param archive less than 4 GiB, without encryption or comments. Throws an Error for anything else than an archive
 */
export function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.length - END.length;
  if (end < 0 || archive.readUInt32LE(end) !== END.signature) throw new Error('no zip archive');
  const files = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  while (at < end) {
    if (archive.readUInt32LE(at) !== ENTRY.signature) throw new Error('no entry of a zip archive');
    const method = archive.readUInt16LE(at + 10);
    const size = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const extraLength = archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + ENTRY.length, at + ENTRY.length + nameLength);
    // The file's own record has the name again, and an extra field of another length.
    const start = local + LOCAL_LENGTH + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const data = archive.subarray(start, start + size);
    files.set(name, method === STORED ? data : inflateRawSync(data));
    at += ENTRY.length + nameLength + extraLength;
  }
  return files;
}
