import type { Readable } from 'node:stream';

/** The error of a stream on which nothing has arrived for too long. */
export class IdleTimeoutError extends Error {
  override readonly name = 'IdleTimeoutError';
}

/**
 * Yields a stream's chunks. Ends it with a `IdleTimeoutError` when nothing has arrived for `ms` milliseconds
 * while the caller waited. undici's own timeout wakes the process twice a second while a stream is open.
 */
export async function* untilSilent<T>(stream: Readable, ms: number): AsyncGenerator<T, void> {
  const end = () => stream.destroy(new IdleTimeoutError(`nothing has arrived for ${ms} ms`));
  let timer = setTimeout(end, ms);
  try {
    for await (const chunk of stream) {
      clearTimeout(timer);
      yield chunk as T;
      timer = setTimeout(end, ms);
    }
  } finally {
    clearTimeout(timer);
  }
}
