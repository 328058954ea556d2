/** How much is sent to a server at once: more for as long as its answers take no longer for it. */
export interface Concurrency {
  /** How much now. */
  readonly value: number;
  /** An answer has come after so many ms. */
  answered(ms: number): void;
  /** None has come: to begin anew, since nothing is known of the server any more. */
  failed(): void;
}

export interface ConcurrencyOptions {
  readonly least: number;
  readonly most: number;
  /** Whether something waits for its turn: otherwise answers say nothing of what more at once would do. */
  readonly isWanted: () => boolean;
}

/** Of the shortest time: at less the way there is nearly all of it, at more the server has others before. */
const NEAR = 1.5;
const FAR = 2;
const STEP = 1.25;
/**
 * So many answers know a shortest time of their own: a server that moved away isn't measured by where it was. Only of those
 * while nothing waits: under load all of them take long.
 */
const WINDOW = 100;

/**
 * Begins with the least. After as many answers as are sent at once their mean time is compared with the shortest one: a
 * quarter more where it is near, a quarter less where it is far (as TCP Vegas, whose loss is never waited for; Brakmo,
 * O'Malley, Peterson 1994). A server nearby is seldom worth more than the least: its own work is what takes long.
 */
export function createConcurrency({ least, most, isWanted }: ConcurrencyOptions): Concurrency {
  let value = least;
  let count = 0;
  let total = 0;
  let shortest = Number.POSITIVE_INFINITY;
  let shortestBefore = Number.POSITIVE_INFINITY;
  let known = 0;

  function compare(mean: number): void {
    const ratio = mean / Math.min(shortest, shortestBefore);
    if (ratio > FAR) value = Math.max(least, Math.floor(value / STEP));
    else if (ratio < NEAR && isWanted()) value = Math.min(most, Math.ceil(value * STEP));
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
      value = least;
      count = 0;
      total = 0;
    },
  };
}
