/** The writes to stores without an answer, by the key that they were made for. */
export interface LateWrites {
  /** Records that a write to the store had no answer: it may still take effect long after. */
  unanswered(key: string): void;
  /** Records that the store answers again, so that the time for such a write begins to run out. */
  storeAnswered(key: string): void;
  /** Returns for how long such a write may still take effect, in ms; 0 if no write can. */
  lateWritesMs(key: string): number;
  /** Forgets the writes for a key. */
  forget(key: string): void;
}

/**
 * The time in which a store that answers again may still apply an earlier write, in ms. A server that was
 * frozen finds such writes in its connections' buffers. It applies them in any order, beside new ones, and
 * proxies may hold them longer.
 */
export const LATE_WRITES_MS = 30_000;

/**
 * Makes an empty record.
 * @param now returns the time in ms since 1970
 */
export function createLateWrites(now: () => number, lateWritesMs = LATE_WRITES_MS): LateWrites {
  /** Until when a write without an answer may take effect; undefined until the store answers again. */
  const late = new Map<string, number | undefined>();
  return {
    unanswered: (key) => void late.set(key, undefined),
    storeAnswered(key) {
      if (!late.has(key)) return;
      const until = late.get(key) ?? now() + lateWritesMs;
      if (until > now()) late.set(key, until);
      else late.delete(key);
    },
    lateWritesMs(key) {
      if (!late.has(key)) return 0;
      const until = late.get(key);
      return until === undefined ? lateWritesMs : Math.max(0, until - now());
    },
    forget: (key) => void late.delete(key),
  };
}
