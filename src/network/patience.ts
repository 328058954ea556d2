/** The time that a client waits for an answer of one server. It grows while the server answers slowly. */
export interface Patience {
  /** The longest time that a request may take now, in ms. */
  readonly limitMs: number;
  /**
   * Takes in an answer.
   * @param tookMs the time that it took, in ms
   * @param isSample true if requests like this one take the server's time; others say only that it lives
   */
  answered(tookMs: number, isSample: boolean): void;
  /** Takes in a request that was given up without an answer after that time, in ms. */
  timedOut(waitedMs: number): void;
}

/** Options of a patience. */
export interface PatienceOptions {
  /** The limit for a server that answers in time, in ms. */
  readonly minMs: number;
  readonly maxMs: number;
  /** A monotonic clock, in ms. */
  readonly now: () => number;
}

/** The limit, as a multiple of the slowest of the last samples. */
const FACTOR = 2;
const SAMPLES = 8;
/** A sample counts this many times as long as it took, and at least `MIN_MEMORY_MS`. */
const MEMORY = 10;
const MIN_MEMORY_MS = 60_000;

/**
 * Makes a limit that is twice the slowest of the last samples. A request that was given up is a sample of
 * that length, so the limit doubles until an answer comes, as TCP's retransmission timeout does (RFC 6298).
 * It counts only once the server has answered something else, late in that time or after it: a server that
 * answers nothing isn't slow, it is away, and waiting longer would only hide that.
 */
export function createPatience({ minMs, maxMs, now }: PatienceOptions): Patience {
  let samples: readonly { readonly ms: number; readonly until: number }[] = [];
  let answeredAt = Number.NEGATIVE_INFINITY;
  let doubtfulMs = 0;

  function add(ms: number): void {
    const until = now() + Math.max(MIN_MEMORY_MS, MEMORY * ms);
    samples = [...samples.slice(1 - SAMPLES), { ms, until }];
  }

  return {
    get limitMs() {
      const slowest = samples.reduce((max, { ms, until }) => (until > now() ? Math.max(max, ms) : max), 0);
      return Math.min(maxMs, Math.max(minMs, FACTOR * slowest));
    },
    answered(tookMs, isSample) {
      answeredAt = now();
      if (doubtfulMs > 0) add(doubtfulMs);
      doubtfulMs = 0;
      if (isSample || FACTOR * tookMs > minMs) add(tookMs);
    },
    timedOut(waitedMs) {
      if (answeredAt > now() - waitedMs / 2) add(waitedMs);
      else doubtfulMs = Math.max(doubtfulMs, waitedMs);
    },
  };
}
