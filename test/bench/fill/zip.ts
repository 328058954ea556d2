import { crc32 } from 'node:zlib';

/** A file of an archive. */
export interface ZipFile {
  readonly name: string;
  readonly data: Buffer;
}

/** Version 2.0 of the format, no flags, stored without compression, no time. */
const KIND = [20, 0, 0, 0, 0] as const;

/** Returns a zip archive of the files, uncompressed (PKWARE's APPNOTE.TXT, 4.3): less than 4 GiB in all. */
export function zip(files: readonly ZipFile[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data } of files) {
    const path = Buffer.from(name);
    const sizes = [...u32(crc32(data), data.length, data.length), ...u16(path.length, 0)];
    const body = Buffer.concat([Buffer.from([...u32(0x04034b50), ...u16(...KIND), ...sizes]), path, data]);
    const place = [...u16(0, 0, 0), ...u32(0, at)];
    directory.push(Buffer.from([...u32(0x02014b50), ...u16(20, ...KIND), ...sizes, ...place]), path);
    bodies.push(body);
    at += body.length;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const counts = u16(0, 0, files.length, files.length);
  const end = Buffer.from([...u32(0x06054b50), ...counts, ...u32(length, at), ...u16(0)]);
  return Buffer.concat([...bodies, ...directory, end]);
}

function u16(...values: readonly number[]): number[] {
  return values.flatMap((value) => [value & 0xff, value >>> 8]);
}

function u32(...values: readonly number[]): number[] {
  return values.flatMap((value) => u16(value & 0xffff, value >>> 16));
}
