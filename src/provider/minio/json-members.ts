/** JSON from an endpoint that somebody else chose: nothing is parsed before its nesting and its size are known. */

/** An answer is no JSON of the expected shape. `message` says what is wrong in the operator's words, never what was sent. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

const NOT_JSON = 'the answer is not JSON';
/** A list of users nests 3 deep, a policy document 7. */
const MAX_DEPTH = 16;
/** Of one member: a user in a thousand groups has some 30 KiB. */
const MAX_MEMBER_BYTES = 64 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Where a scan of JSON is: within how many brackets, and whether in a string. */
interface Scan {
  depth: number;
  inString: boolean;
  escaped: boolean;
}

/**
 * Moves the scan over the bytes, or to the end of the outermost value where that comes first. Returns the index behind
 * which no member of it is complete: that of its last comma, or of its end; -1 if there is neither. Throws `ShapeError`
 * where the nesting is deeper than any answer's.
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
 * Parses the members of one JSON object as its text arrives, and holds no more than a chunk and a member of it: the
 * memory that an answer takes doesn't grow with its length. A name such as `__proto__` is a name like any other. Throws
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

/** The members that stand in a text, separated by commas. */
function parseText(text: Buffer): [string, unknown][] {
  try {
    // JSON.parse makes `__proto__` a property of its own, and entries() reads no other.
    return Object.entries(JSON.parse(`{${text.toString('utf8')}}`));
  } catch {
    throw new ShapeError(NOT_JSON);
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
