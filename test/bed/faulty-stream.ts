import { Transform } from 'node:stream';
import type { After } from './proxy.ts';

const NEWLINE = 10;

/** Returns how many bytes of a chunk still pass: all of them, or those up to the fault. */
function passing(chunk: Buffer, after: After, seen: { bytes: number; lines: number }): number {
  if ('afterBytes' in after) return Math.min(chunk.length, after.afterBytes - seen.bytes);
  let start = 0;
  for (let lines = seen.lines; lines < after.afterLines; lines += 1) {
    const end = chunk.indexOf(NEWLINE, start);
    if (end === -1) return chunk.length;
    start = end + 1;
  }
  const next = chunk.subarray(start);
  const length = next.indexOf(NEWLINE) === -1 ? next.length : next.indexOf(NEWLINE);
  return start + Math.floor(length / 2);
}

function linesIn(chunk: Buffer): number {
  let lines = 0;
  for (const byte of chunk) if (byte === NEWLINE) lines += 1;
  return lines;
}

/**
 * A stream that passes what comes up to the fault, tells of it once the bytes before it have had the time to be
 * sent, and from then on swallows everything, its end too. A body that ends before the fault passes whole.
 */
export function faultyStream(after: After, onFault: () => void): Transform {
  const seen = { bytes: 0, lines: 0 };
  let broken = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (broken) return done();
      const length = passing(chunk, after, seen);
      const due = 'afterBytes' in after ? seen.bytes + length >= after.afterBytes : length < chunk.length;
      seen.bytes += length;
      seen.lines += linesIn(chunk.subarray(0, length));
      if (due) {
        broken = true;
        setTimeout(onFault, 20);
      }
      done(null, chunk.subarray(0, length));
    },
    flush(done) {
      if (!broken) done();
    },
  });
}
