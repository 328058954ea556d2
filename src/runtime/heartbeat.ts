/** Whether a loop still turns: before each turn it says how long that one may take. */
export interface Heartbeat {
  /** The next turn begins within that time, or the loop has died or hangs. */
  expectWithin(ms: number): void;
  /** Nothing is expected any more: the loop has ended, or hasn't begun. */
  rest(): void;
  isTurning(): boolean;
}

/** For a machine that is busy, or a process that was paused. */
const SLACK_MS = 60_000;

/** @param now a monotonic clock, in ms */
export function createHeartbeat(now: () => number = () => performance.now()): Heartbeat {
  let expectedBy = Number.POSITIVE_INFINITY;
  return {
    expectWithin(ms) {
      expectedBy = now() + ms + SLACK_MS;
    },
    rest() {
      expectedBy = Number.POSITIVE_INFINITY;
    },
    isTurning: () => now() <= expectedBy,
  };
}
