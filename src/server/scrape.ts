import type { Answer } from './http.ts';

/**
 * Shares an answer that takes time among all requests. One runs at a time, and the next begins only after a
 * rest as long as the last one took. Each request gets an answer that began after it.
 */
export function shareAnswer(answer: () => Promise<Answer>): () => Promise<Answer> {
  let next: Promise<Answer> | undefined;
  let rested: Promise<unknown> = Promise.resolve();

  async function begin(after: Promise<unknown>): Promise<Answer> {
    await after;
    next = undefined;
    const startedAt = performance.now();
    const running = Promise.try(answer);
    rested = running
      .catch(() => {})
      .then(() => new Promise((resolve) => setTimeout(resolve, performance.now() - startedAt).unref()));
    return running;
  }

  return () => {
    next ??= begin(rested);
    return next;
  };
}
