import type { Readable } from 'node:stream';

/** Nothing has arrived for too long. */
export class Silence extends Error {
  override readonly name = 'Silence';
}

/**
 * Gives what a stream gives, and ends it with a `Silence` when nothing has arrived for `ms` milliseconds while somebody
 * waited. undici's own timeout wakes the process twice a second for as long as a stream is open.
 */
export async function* untilSilent<T>(stream: Readable, ms: number): AsyncGenerator<T, void> {
  const end = () => stream.destroy(new Silence(`nothing has arrived for ${ms} ms`));
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
