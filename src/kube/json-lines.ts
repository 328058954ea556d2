/** The error of a stream that ended in the middle of a JSON value, or holds something else. */
export class BrokenLine extends Error {
  override readonly name = 'BrokenLine';
}

/**
 * Parses a stream of text into the JSON values of its lines, each as soon as its line is complete.
 * @throws BrokenLine at a line that isn't JSON, and at an end without a newline; never with a part of the
 * text
 */
export async function* jsonLines(chunks: AsyncIterable<string>): AsyncGenerator<unknown, void> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = chunk.split('\n');
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() !== '') yield parse(line);
    }
  }
  if (rest.trim() !== '') throw new BrokenLine('cut off in the middle of a line');
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The parser's own message quotes the text, which may be a Secret.
    throw new BrokenLine('a line that is not JSON');
  }
}
