import type { Answer } from './http.ts';

/** A loop of the runtime. */
export interface Loop {
  readonly name: string;
  /** True if it goes on, even if it only fails and retries. */
  isAlive(): boolean;
}

/**
 * Answers /livez: 200 while every loop turns. The API server, the stores and the leadership don't count,
 * since a new process would repair none of them. A process whose event loop hangs doesn't answer.
 */
export function livez(loops: Iterable<Loop>): Answer {
  const hanging = [...loops].filter((loop) => !loop.isAlive()).map(({ name }) => name);
  if (hanging.length > 0) return { status: 503, body: `not turning: ${hanging.join(', ')}\n` };
  return { status: 200, body: 'ok\n' };
}

/**
 * Answers /readyz: 200 once the caches are synced. This includes followers, since they can take over
 * immediately.
 * @param unsynced the names of the caches that aren't, for people; the log says what keeps them from it
 */
export function readyz(isSynced: boolean, unsynced: readonly string[] = []): Answer {
  if (isSynced) return { status: 200, body: 'ok\n' };
  const named = unsynced.length === 0 ? '' : `: ${unsynced.join(', ')}; the log says why`;
  return { status: 503, body: `the caches are not synced yet${named}\n` };
}
