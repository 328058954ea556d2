/** Archives as somebody makes them who chooses every name in them. */

export interface TarFile {
  readonly name: string;
  readonly text: string;
  /** Extended header records (PAX), which MinIO reads a version from. */
  readonly records?: Readonly<Record<string, string>>;
}

const BLOCK = 512;

/** A tar archive (POSIX.1-2001) of these files; names of up to 100 bytes, as they are. */
export function tarOf(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap(({ name, text, records }) => [
    ...(records ? member('PaxHeader', recordsOf(records), 'x') : []),
    ...member(name, Buffer.from(text), '0'),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function member(name: string, body: Buffer, kind: '0' | 'x'): Buffer[] {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${octal(body.length, 11)}\0`, 124);
  header.write(`${octal(Math.floor(Date.now() / 1000), 11)}\0`, 136);
  header.write('        ', 148);
  header.write(kind, 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return [header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** Each record begins with its own length, which counts too. */
function recordsOf(records: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    const length = [2, 3].find((digits) => `${digits + rest.length}`.length === digits) ?? 1;
    return `${length + rest.length}${rest}`;
  });
  return Buffer.from(lines.join(''));
}
