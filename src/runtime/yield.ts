import { setImmediate } from 'node:timers/promises';

/** A pause between pieces of long work, in which requests, timers and probes run. */
export interface EventLoop {
  /**
   * Resolves immediately if the event loop turned recently, and otherwise after its next turn. Await it
   * between two pieces.
   */
  yield(): Promise<void>;
}

/** The longest time without a turn of the event loop. */
const MAX_BLOCK_MS = 10;

/**
 * Makes the pause. After a start, the operator checks ten thousand keys that need nothing. Each takes part of
 * a millisecond and waits for nothing. Awaits alone never turn the event loop, which would stand still for
 * seconds.
 */
function createEventLoop(): EventLoop {
  let yieldedAt = Number.NEGATIVE_INFINITY;
  /** Calls go one after the other, so that the pause of one counts for the next. */
  let last = Promise.resolve();
  async function pause(): Promise<void> {
    if (performance.now() - yieldedAt < MAX_BLOCK_MS) return;
    await setImmediate();
    yieldedAt = performance.now();
  }
  return {
    yield() {
      last = last.then(pause);
      return last;
    },
  };
}

/** The pause of the process's one event loop, which all long work shares. */
export const eventLoop = createEventLoop();
