import {
  type Cipher,
  createFragmentOpener,
  HEADER_BYTES,
  type Header,
  MIN_SEALED_BYTES,
  readHeader,
  SEALED_FRAGMENT_BYTES,
  UnsealError,
} from './frames.ts';

/**
 * Opens sealed data as it arrives, with one fragment and one chunk in memory. Derives the key once the header
 * has arrived. The data is complete only if the iteration ends without a throw. Throws `UnsealError`, and any
 * error of `derive`.
 */
export async function* openFrameStream(
  chunks: AsyncIterable<Buffer>,
  derive: (header: Header) => Promise<{ readonly cipher: Cipher; readonly key: Buffer }>,
): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer = Buffer.alloc(0);
  let openNext: ReturnType<typeof createFragmentOpener> | undefined;
  for await (const chunk of chunks) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    if (openNext === undefined) {
      if (held.length < MIN_SEALED_BYTES) continue;
      const header = readHeader(held);
      const { cipher, key } = await derive(header);
      openNext = createFragmentOpener(cipher, key, header);
      held = held.subarray(HEADER_BYTES);
    }
    // A fragment at the end of the bytes so far may be the last one.
    while (held.length > SEALED_FRAGMENT_BYTES) {
      yield openNext(held.subarray(0, SEALED_FRAGMENT_BYTES), false);
      held = held.subarray(SEALED_FRAGMENT_BYTES);
    }
  }
  if (openNext === undefined) throw new UnsealError('too short for sealed data');
  yield openNext(held, true);
}
