/** A time (ms since 1970) as a status has it: RFC 3339 in whole seconds, as metav1.Time is written. */
export function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The longest text that is read as a time: whoever may edit an annotation can make it 256 KiB long. */
const MAX_TIME_LENGTH = 64;

/**
 * Returns the time that a text of somebody else's says, as RFC 3339 in UTC with milliseconds; undefined for what is no
 * time, or has no year of four digits.
 */
export function asTime(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > MAX_TIME_LENGTH) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) || !/^\d{4}-/.test(time.toISOString()) ? undefined : time.toISOString();
}
