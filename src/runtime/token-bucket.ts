/** Lets so many through at once and so many a second after that. */
export interface TokenBucket {
  /** Takes a token where more than `reserve` are left (default 0). Returns whether it did. */
  take(reserve?: number): boolean;
  /** The time until there is a token, in ms; 0 while there is one. */
  waitMs(): number;
  /** True if nothing was taken that has not come back: a new bucket would be the same. */
  isFull(): boolean;
}

export interface TokenBucketOptions {
  /** The tokens that a full bucket holds. */
  readonly burst: number;
  /** The tokens that come back a second. */
  readonly perSecond: number;
  /** A clock, in ms. */
  readonly now: () => number;
}

/** Makes a full bucket. It has no timer: the tokens that came back are counted when it is asked. */
export function createTokenBucket({ burst, perSecond, now }: TokenBucketOptions): TokenBucket {
  let tokens = burst;
  let countedAt = now();

  function count(): void {
    const time = now();
    // A clock that was set back gives nothing, and takes nothing away.
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
