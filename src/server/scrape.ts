import type { Answer } from './http.ts';

/**
 * Shares an answer that takes time among all who ask for it: one at a time, and none begins before the last one has
 * rested for as long as it took. Whoever asks gets one that began after the question.
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
