import { Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A stream that passes whole lines but those that match. A last line without an end passes as it is. */
export function withoutLines(pattern: RegExp): Transform {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      done(
        null,
        lines
          .filter((line) => !pattern.test(line))
          .map((line) => `${line}\n`)
          .join(''),
      );
    },
    flush(done) {
      done(null, rest + decoder.end());
    },
  });
}
