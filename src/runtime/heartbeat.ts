/** The health of a loop, which says before each turn how long that turn may take. */
export interface Heartbeat {
  /** Expects the next turn within that time. After it, the loop has died or hangs. */
  expectWithin(ms: number): void;
  /** Expects nothing: the loop has ended, or hasn't begun. */
  rest(): void;
  isAlive(): boolean;
}

/** Slack for a busy machine or a paused process. */
const SLACK_MS = 60_000;

/**
 * Makes a heartbeat that expects nothing yet.
 * @param now a monotonic clock, in ms
 */
export function createHeartbeat(now: () => number = () => performance.now()): Heartbeat {
  let expectedBy = Number.POSITIVE_INFINITY;
  return {
    expectWithin(ms) {
      expectedBy = now() + ms + SLACK_MS;
    },
    rest() {
      expectedBy = Number.POSITIVE_INFINITY;
    },
    isAlive: () => now() <= expectedBy,
  };
}
