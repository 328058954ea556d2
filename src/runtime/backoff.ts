export interface BackoffOptions {
  /** The most that the first retry waits, in ms; doubles with each further one. Default 500. */
  readonly baseMs?: number;
  /** The most that any retry waits of itself, in ms. Default 5 minutes. */
  readonly maxMs?: number;
  /** The most that a server can make us wait by its Retry-After, in ms. Default 1 hour. */
  readonly maxFloorMs?: number;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/** Counts the attempts of each key and says how long its next one waits. */
export interface Backoff {
  /** Counts one more failure of the key. Returns the wait in ms; not below `floorMs` (a Retry-After). */
  next(key: string, floorMs?: number): number;
  /** The key has succeeded, or is of no interest any more. */
  forget(key: string): void;
  /** How often the key has failed since it was last forgotten. */
  attempts(key: string): number;
}

/**
 * How long to wait before a retry, in ms: exponential, with its upper half at random. A floor is honoured up to `maxFloorMs`, and
 * with a random part on top, so that whoever was told the same Retry-After doesn't come back as one crowd.
 * @param attempt 0 for the first retry
 * @param floorMs what the server asks to wait at least
 */
export function backoffMs(
  attempt: number,
  floorMs: number | undefined,
  options: BackoffOptions = {},
): number {
  const { baseMs = 500, maxMs = 300_000, maxFloorMs = 3_600_000, random = Math.random } = options;
  const most = Math.min(maxMs, baseMs * 2 ** attempt);
  const wait = most / 2 + (random() * most) / 2;
  if (floorMs === undefined || !(floorMs > 0)) return wait;
  return Math.max(wait, Math.min(floorMs, maxFloorMs) + random() * baseMs);
}

/** A `Backoff` that keeps its counts in memory; `forget` is what keeps them few. */
export function createBackoff(options: BackoffOptions = {}): Backoff {
  const failures = new Map<string, number>();
  return {
    next(key, floorMs) {
      const attempt = failures.get(key) ?? 0;
      failures.set(key, attempt + 1);
      return backoffMs(attempt, floorMs, options);
    },
    forget: (key) => void failures.delete(key),
    attempts: (key) => failures.get(key) ?? 0,
  };
}

/** What an error asks to wait at least, in ms, whichever client it comes from: its `retryAfterMs`, if it has one. */
export function retryAfterOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return undefined;
  return typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined;
}
