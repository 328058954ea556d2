import type { TransportAnswer } from './transport.ts';

/** An answer has a body that its reader doesn't take. The message says which: `answered with …`. */
export class UnwantedBody extends Error {
  override readonly name = 'UnwantedBody';
  readonly isTooLong: boolean;

  constructor(isTooLong: boolean, what: string) {
    super(`answered with ${what}`);
    this.isTooLong = isTooLong;
  }
}

/**
 * Yields the body of an answer as it arrives. It closes the connection if the body is too long, or if the
 * reader stops before the end.
 * @throws UnwantedBody once the body exceeds `maxBytes`, or for a compressed one
 */
export async function* cappedBody(
  { body, header }: TransportAnswer,
  maxBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  const refuse = (isTooLong: boolean, what: string): UnwantedBody => {
    // Nobody reads the rest of the answer.
    body.on('error', () => {}).destroy();
    return new UnwantedBody(isTooLong, what);
  };
  const encoding = header('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw refuse(false, 'a compressed body, which was not asked for');
  }
  const tooLong = `more than ${maxBytes} bytes`;
  if (Number(header('content-length')) > maxBytes) throw refuse(true, tooLong);
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw refuse(true, tooLong);
    yield chunk;
  }
}
