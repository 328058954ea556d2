/**
 * Parsers for JSON from an endpoint that a user chose. They check its nesting and size before they parse it.
 */

/**
 * The error of an answer that isn't JSON of the expected shape. `message` describes it in the operator's
 * words, without the sent text.
 */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

const NOT_JSON = 'the answer is not JSON';
/** A list of users nests 3 deep, a policy document 7. */
const MAX_DEPTH = 16;
/** The maximum size of one member. A user in a thousand groups has some 30 KiB. */
const MAX_MEMBER_BYTES = 64 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The state of a scan of JSON: the number of open brackets, and whether it is in a string. */
interface Scan {
  depth: number;
  inString: boolean;
  escaped: boolean;
}

/**
 * Moves the scan over the bytes, or to the end of the outermost value if that comes first. Returns the index
 * of the last comma between its members, or of its end; -1 if there is neither. No member after that index is
 * complete. Throws `ShapeError` if the nesting is deeper than any answer's.
 */
function findLastEnd(scan: Scan, bytes: Buffer, from: number): number {
  let { depth, inString, escaped } = scan;
  let last = -1;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth > MAX_DEPTH) throw new ShapeError('the answer is nested too deeply');
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) {
        last = at;
        break;
      }
    } else if (byte === COMMA && depth === 1) last = at;
  }
  scan.depth = depth;
  scan.inString = inString;
  scan.escaped = escaped;
  return last;
}

/** Parses JSON of limited nesting. Throws `ShapeError`. */
export function parseJson(body: Buffer): unknown {
  const scan: Scan = { depth: 0, inString: false, escaped: false };
  findLastEnd(scan, body, 0);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ShapeError(NOT_JSON);
  }
}

/**
 * Parses the members of one JSON object as its text arrives. It holds at most one chunk and one member, so
 * that its memory doesn't grow with the answer. A name such as `__proto__` is a name like any other. Throws
 * `ShapeError`.
 */
export async function* parseMembers(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<readonly [name: string, value: unknown], void, undefined> {
  const scan: Scan = { depth: 0, inString: false, escaped: false };
  let held: Buffer = Buffer.alloc(0);
  let isFirst = true;
  let ended = false;
  for await (const chunk of chunks) {
    let from = 0;
    if (scan.depth === 0) {
      from = chunk.findIndex((byte) => !isSpace(byte));
      if (from < 0) continue;
      if (ended) throw new ShapeError(NOT_JSON);
      if (chunk[from] !== OPEN_BRACE) throw new ShapeError('the answer is not an object');
      scan.depth = 1;
      from += 1;
    }
    const end = findLastEnd(scan, chunk, from);
    ended = scan.depth === 0;
    if (end >= 0) {
      const members = parseText(Buffer.concat([held, chunk.subarray(from, end)]));
      if (members.length === 0 && !(isFirst && ended)) throw new ShapeError(NOT_JSON);
      isFirst = false;
      yield* members;
      held = chunk.subarray(end + 1);
      if (ended && !held.every(isSpace)) throw new ShapeError(NOT_JSON);
    } else held = Buffer.concat([held, chunk.subarray(from)]);
    if (held.length > MAX_MEMBER_BYTES) throw new ShapeError('one entry of the answer is too long');
  }
  if (!ended) throw new ShapeError(NOT_JSON);
}

/** Parses members that commas separate. */
function parseText(text: Buffer): [string, unknown][] {
  try {
    // JSON.parse makes `__proto__` an own property, and entries() reads only those.
    return Object.entries(JSON.parse(`{${text.toString('utf8')}}`));
  } catch {
    throw new ShapeError(NOT_JSON);
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
