/** Options of a backoff. */
export interface BackoffOptions {
  /** The longest wait before the first retry, in ms. It doubles with each further one. Default 500. */
  readonly baseMs?: number;
  /** The longest wait before any retry without a Retry-After, in ms. Default 5 minutes. */
  readonly maxMs?: number;
  /** The longest wait that a server's Retry-After can impose, in ms. Default 1 hour. */
  readonly maxFloorMs?: number;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/** The failed attempts of each key, and the wait before its next one. */
export interface Backoff {
  /** Counts one more failure of the key. Returns the wait in ms; not below `floorMs` (a Retry-After). */
  next(key: string, floorMs?: number): number;
  /** Forgets the failures of a key that has succeeded or that nobody needs. */
  forget(key: string): void;
  /** Returns how often the key has failed since the last `forget`. */
  attempts(key: string): number;
}

/**
 * Returns the wait before a retry, in ms. It grows exponentially, and its upper half is random. A floor
 * counts up to `maxFloorMs`, plus a random part, so that clients with the same Retry-After don't return as
 * one crowd.
 * @param attempt 0 for the first retry
 * @param floorMs the minimum wait that the server asks for
 */
export function backoffMs(
  attempt: number,
  floorMs: number | undefined,
  options: BackoffOptions = {},
): number {
  const { baseMs = 500, maxMs = 300_000, maxFloorMs = 3_600_000, random = Math.random } = options;
  const max = Math.min(maxMs, baseMs * 2 ** attempt);
  const wait = max / 2 + (random() * max) / 2;
  if (floorMs === undefined || !(floorMs > 0)) return wait;
  return Math.max(wait, Math.min(floorMs, maxFloorMs) + random() * baseMs);
}

/** Makes a `Backoff` that keeps its counts in memory until `forget`. */
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

/**
 * Returns the minimum wait that an error of either client asks for, in ms: its `retryAfterMs`, if it has one.
 */
export function retryAfterOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return undefined;
  return typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined;
}
