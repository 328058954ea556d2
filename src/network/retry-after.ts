/** A server that asks for more may be wrong about it, and the client looks again. */
const MAX_RETRY_AFTER_MS = 300_000;

/**
 * Parses the header Retry-After, seconds or a date (RFC 9110, 10.2.3), into ms. Returns at most five minutes,
 * and undefined for a missing or unreadable header.
 * @param now the local clock, in ms since 1970
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
