/** As much of an LDAP server as MinIO asks for at its start: every bind succeeds, every search finds its own base. */
import { createServer, type Server } from 'node:net';

const BIND = 0x60;
const SEARCH = 0x63;
const [BIND_DONE, SEARCH_ENTRY, SEARCH_DONE] = [0x61, 0x64, 0x65];
const MESSAGE = 0x30;
/** Success, without a name or a text. */
const SUCCESS = Buffer.from([0x0a, 1, 0, 4, 0, 4, 0]);
const NO_ATTRIBUTES = Buffer.from([MESSAGE, 0]);

/** Makes the server; it isn't listening yet. */
export function createLdapServer(): Server {
  return createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      for (const message of elements(chunk)) socket.write(answerTo(message));
    });
  });
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag and length included. */
  readonly whole: Buffer;
}

function answerTo({ content }: Element): Buffer {
  const [id, operation] = elements(content);
  if (!id || !operation) return Buffer.alloc(0);
  if (operation.tag === BIND) return element(MESSAGE, id.whole, element(BIND_DONE, SUCCESS));
  if (operation.tag !== SEARCH) return Buffer.alloc(0);
  const [base] = elements(operation.content);
  return Buffer.concat([
    element(MESSAGE, id.whole, element(SEARCH_ENTRY, base?.whole ?? Buffer.alloc(0), NO_ATTRIBUTES)),
    element(MESSAGE, id.whole, element(SEARCH_DONE, SUCCESS)),
  ]);
}

/** BER; what is written here is shorter than 128 bytes. */
function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}

function elements(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const tag = bytes.readUInt8(at);
    const first = bytes.readUInt8(at + 1);
    const more = first & 0x80 ? first & 0x7f : 0;
    const length = more === 0 ? first : bytes.readUIntBE(at + 2, more);
    const start = at + 2 + more;
    found.push({
      tag,
      content: bytes.subarray(start, start + length),
      whole: bytes.subarray(at, start + length),
    });
    at = start + length;
  }
  return found;
}
