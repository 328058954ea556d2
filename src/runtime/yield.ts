import { setImmediate } from 'node:timers/promises';

/** Lets requests, timers and probes have their turn where many pieces of work follow each other without a pause. */
export interface LoopTurns {
  /** To be awaited between two pieces: at once while the last turn is recent, else after the event loop went round. */
  pass(): Promise<void>;
}

/** So long pieces may follow each other. */
const LONGEST_MS = 10;

/**
 * Ten thousand keys that have nothing to do are looked at after a start. Each takes part of a millisecond, and waits for
 * nothing: awaits alone never let the event loop go round, and it would stand for seconds.
 */
function createLoopTurns(): LoopTurns {
  let turnedAt = Number.NEGATIVE_INFINITY;
  /** They go on one after the other, so that what one of them does counts for the next. */
  let last = Promise.resolve();
  async function turn(): Promise<void> {
    if (performance.now() - turnedAt < LONGEST_MS) return;
    await setImmediate();
    turnedAt = performance.now();
  }
  return {
    pass() {
      last = last.then(turn);
      return last;
    },
  };
}

/** The process has one event loop: whoever works through many things shares these. */
export const loopTurns = createLoopTurns();
