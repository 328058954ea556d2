/** The difference between the local clock and a server's, by the Date headers of its answers. */
export interface ClockSkew {
  /**
   * Returns how far the local clock is ahead of the server's, in ms (negative if behind), by the last answer.
   * A Date header limits the precision to about a second. Returns undefined before the first answer.
   */
  ms(): number | undefined;
  /** Takes in the Date header of an answer that came now. @param sentAt when the request was sent */
  note(date: string | undefined, sentAt: number): void;
}

/** The longest round trip whose Date header is precise enough. */
const MAX_ROUND_TRIP_MS = 5_000;

/** Makes the comparison. @param now the local clock, in ms since 1970 */
export function createClockSkew(now: () => number): ClockSkew {
  let skewMs: number | undefined;
  return {
    ms: () => skewMs,
    note(date, sentAt) {
      const receivedAt = now();
      const server = Date.parse(date ?? '');
      if (Number.isNaN(server) || receivedAt - sentAt > MAX_ROUND_TRIP_MS) return;
      // The header drops the fraction of a second. Half a second is the best guess for it.
      skewMs = (sentAt + receivedAt) / 2 - (server + 500);
    },
  };
}
