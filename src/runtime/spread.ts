/** A loop over a collection that visits each item once per period. */
export interface Spread {
  start(): void;
  stop(): void;
}

/** Options of a periodic loop. */
export interface SpreadOptions<T> {
  /** The items, in the order of their listing. The loop sees additions and removals as they happen. */
  readonly items: { values(): Iterator<T>; readonly size: number };
  readonly periodMs: number;
  /** Visits an item. Must not throw. */
  readonly visit: (item: T) => void;
  /**
   * In [0, 1): where the first round begins. In a process that restarts often, no item is then always the
   * last.
   */
  readonly random: () => number;
}

/**
 * The longest time between visits. Items are visited in groups, since each wake-up costs more than a small
 * piece of work.
 */
const MAX_TICK_MS = 5_000;
/** The number of wake-ups in a short period. */
const TICKS_A_PERIOD = 10;

/**
 * Makes a loop with one timer for any number of items. After a pause of the process it doesn't catch up, so
 * that round takes longer.
 */
export function createSpread<T>({ items, periodMs, visit, random }: SpreadOptions<T>): Spread {
  const tickMs = Math.min(MAX_TICK_MS, periodMs / TICKS_A_PERIOD);
  let timer: NodeJS.Timeout | undefined;
  let cursor = items.values();
  /** The time since the last visit, times the number of items. One visit is due for every period in it. */
  let due = 0;

  /** Returns the next item; undefined if there is none, and at the end of a round. */
  function next(): T | undefined {
    const { value, done } = cursor.next();
    if (!done) return value;
    cursor = items.values();
    return undefined;
  }

  function tick(): void {
    due += items.size * tickMs;
    for (; due >= periodMs; due -= periodMs) {
      const item = next() ?? next();
      if (item !== undefined) visit(item);
    }
  }

  return {
    start() {
      for (let skipped = Math.floor(items.size * random()); skipped > 0; skipped -= 1) cursor.next();
      timer = setInterval(tick, tickMs);
    },
    stop: () => clearInterval(timer),
  };
}
