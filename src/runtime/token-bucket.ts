/** A limit that lets a burst through, and then a steady number per second. */
export interface TokenBucket {
  /** Takes a token if more than `reserve` are left (default 0). Returns true if it did. */
  take(reserve?: number): boolean;
  /** Returns the time until there is a token, in ms; 0 while there is one. */
  waitMs(): number;
  /** True if every taken token has come back, so that a new bucket would be the same. */
  isFull(): boolean;
}

/** Options of a token bucket. */
export interface TokenBucketOptions {
  /** The tokens of a full bucket. */
  readonly burst: number;
  /** The tokens that come back per second. */
  readonly perSecond: number;
  /** A clock, in ms. */
  readonly now: () => number;
}

/** Makes a full bucket. It has no timer: each call counts the tokens that came back. */
export function createTokenBucket({ burst, perSecond, now }: TokenBucketOptions): TokenBucket {
  let tokens = burst;
  let countedAt = now();

  function count(): void {
    const time = now();
    // A clock that was set back adds nothing, and takes nothing away.
    tokens = Math.min(burst, tokens + (Math.max(0, time - countedAt) * perSecond) / 1_000);
    countedAt = time;
  }

  return {
    take(reserve = 0) {
      count();
      if (tokens < 1 + reserve) return false;
      tokens -= 1;
      return true;
    },
    waitMs() {
      count();
      return tokens >= 1 ? 0 : ((1 - tokens) * 1_000) / perSecond;
    },
    isFull() {
      count();
      return tokens >= burst;
    },
  };
}
