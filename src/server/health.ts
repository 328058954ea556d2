import type { Answer } from './http.ts';

/** A loop of the runtime. */
export interface Loop {
  readonly name: string;
  /** Whether it goes on, also when all that it does is to fail and to try again. */
  isTurning(): boolean;
}

/**
 * The answer to /livez: 200 while every loop turns. Neither the API server nor a store nor leading has to do with it:
 * a new process would mend none of them. A process whose event loop hangs gives no answer at all.
 */
export function livez(loops: Iterable<Loop>): Answer {
  const hanging = [...loops].filter((loop) => !loop.isTurning()).map(({ name }) => name);
  if (hanging.length > 0) return { status: 503, body: `not turning: ${hanging.join(', ')}\n` };
  return { status: 200, body: 'ok\n' };
}

/** The answer to /readyz: 200 once the caches are synced, of a follower too: it can take over at once. */
export function readyz(synced: boolean): Answer {
  return synced ? { status: 200, body: 'ok\n' } : { status: 503, body: 'the caches are not synced yet\n' };
}
