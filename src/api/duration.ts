/** Durations as this API writes them: whole hours, minutes and seconds, such as `10m` or `1h30m`. */

/**
 * The form of a duration. Five digits a part keep every value within Go's int64 nanoseconds, as Kubernetes
 * reads it.
 */
export const DURATION = /^(?:[0-9]{1,5}[hms])+$/;

/** The maximum length of a duration's text. */
export const DURATION_MAX_LENGTH = 32;

const UNIT_MS = { h: 3_600_000, m: 60_000, s: 1_000 } as const;

/**
 * Returns the duration in ms, or undefined for text of another form. Parts add up in any order, as in Go's
 * time.ParseDuration. Fractions and units below a second aren't allowed.
 */
export function parseDurationMs(text: string): number | undefined {
  if (text.length > DURATION_MAX_LENGTH || !DURATION.test(text)) return undefined;
  let sum = 0;
  for (const [, digits, unit] of text.matchAll(/([0-9]+)([hms])/g)) {
    sum += Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return sum;
}
