/** Times as people read them. Times are RFC 3339, durations in ms. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/**
 * Returns a duration in its largest unit, and the next one if the first is small: `4s`, `3h12m`, `40d`.
 */
export function duration(ms: number): string {
  const rest = Math.max(0, ms);
  const at = UNITS.findIndex(([, size]) => rest >= size);
  const [unit, size] = UNITS[at] ?? ['s', 1_000];
  const count = Math.floor(rest / size);
  const [lower, lowerSize] = UNITS[at + 1] ?? [];
  const more = lowerSize === undefined || count >= 10 ? 0 : Math.floor((rest % size) / lowerSize);
  return `${count}${unit}${more > 0 ? `${more}${lower}` : ''}`;
}

/** Returns how long ago a time was; '' for what is no time. */
export function ago(time: string | undefined, now: number): string {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? '' : duration(now - at);
}

/** Returns a time with how far away it is: `2027-01-01T00:00:00Z (in 34d)`. */
export function timeWithDistance(time: string, now: number): string {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return time;
  return `${time} (${at > now ? `in ${duration(at - now)}` : `${duration(now - at)} ago`})`;
}
