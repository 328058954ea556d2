/** The number of requests that a server may have in flight. It grows while answers take no longer for it. */
export interface AdaptiveLimit {
  /** The present limit. */
  readonly value: number;
  /** Takes in an answer that came after `ms` milliseconds. */
  answered(ms: number): void;
  /** Takes in a request without an answer. The limit starts over, since the server's state is unknown. */
  failed(): void;
}

/** Options of an adaptive limit. */
export interface AdaptiveLimitOptions {
  readonly min: number;
  readonly max: number;
  /** True if something waits for room. Otherwise, answers say nothing of what a higher limit would do. */
  readonly isWanted: () => boolean;
}

/**
 * Multiples of the shortest time. Below NEAR, the network takes most of it; above FAR, the server has a
 * queue.
 */
const NEAR = 1.5;
const FAR = 2;
const STEP = 1.25;
/**
 * The number of answers after which the shortest time starts over, so that a server that moved isn't measured
 * by its old place. Only answers while nothing waits count, since under load all of them take long.
 */
const WINDOW = 100;

/**
 * Makes a limit that begins at the minimum. After as many answers as the limit, it compares their mean time
 * with the shortest time. It adds a quarter if the mean is near the shortest, and takes off a quarter if it
 * is far. TCP Vegas does the same before any loss (Brakmo, O'Malley, Peterson 1994). A server nearby
 * seldom gets more than the minimum, since its own work takes most of the time.
 */
export function createAdaptiveLimit({ min, max, isWanted }: AdaptiveLimitOptions): AdaptiveLimit {
  let value = min;
  let count = 0;
  let total = 0;
  let shortest = Number.POSITIVE_INFINITY;
  let shortestBefore = Number.POSITIVE_INFINITY;
  let known = 0;

  function compare(mean: number): void {
    const ratio = mean / Math.min(shortest, shortestBefore);
    if (ratio > FAR) value = Math.max(min, Math.floor(value / STEP));
    else if (ratio < NEAR && isWanted()) value = Math.min(max, Math.ceil(value * STEP));
  }

  return {
    get value() {
      return value;
    },
    answered(ms) {
      shortest = Math.min(shortest, ms);
      count += 1;
      total += ms;
      if (count >= value) {
        compare(total / count);
        count = 0;
        total = 0;
      }
      if (!isWanted()) known += 1;
      if (known >= WINDOW) {
        shortestBefore = shortest;
        shortest = Number.POSITIVE_INFINITY;
        known = 0;
      }
    },
    failed() {
      value = min;
      count = 0;
      total = 0;
    },
  };
}
