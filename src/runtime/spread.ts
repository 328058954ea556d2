/** Goes round a collection for as long as it runs: each item has its turn once in a period. */
export interface Round {
  start(): void;
  stop(): void;
}

export interface RoundOptions<T> {
  /** What is gone round, in the order in which it is listed; what comes and goes meanwhile is taken as it is then. */
  readonly items: { values(): Iterator<T>; readonly size: number };
  readonly periodMs: number;
  /** An item's turn. Must not throw. */
  readonly visit: (item: T) => void;
  /** In [0, 1): where the first round begins, so that of a process that restarts often no item is always the last. */
  readonly random: () => number;
}

/** So often some have their turn: together, since each time a process wakes costs more than a small piece of work. */
const LONGEST_TICK_MS = 5_000;
/** Of a short period, so many times. */
const TICKS_A_PERIOD = 10;

/** One timer, whatever the number of items. A process that stood still doesn't catch up: its round takes longer. */
export function createRound<T>({ items, periodMs, visit, random }: RoundOptions<T>): Round {
  const tickMs = Math.min(LONGEST_TICK_MS, periodMs / TICKS_A_PERIOD);
  let timer: NodeJS.Timeout | undefined;
  let round = items.values();
  /** What time has gone since the last turn, once for each item: with every period of it one is due. */
  let due = 0;

  /** The next item; undefined where there is none, and at the end of a round. */
  function next(): T | undefined {
    const { value, done } = round.next();
    if (!done) return value;
    round = items.values();
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
      for (let skipped = Math.floor(items.size * random()); skipped > 0; skipped -= 1) round.next();
      timer = setInterval(tick, tickMs);
    },
    stop: () => clearInterval(timer),
  };
}
