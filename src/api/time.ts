/** A time (ms since 1970) as a status has it: RFC 3339 in whole seconds, as metav1.Time is written. */
export function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A whole RFC 3339 time with a zone, as spec.expiresAt has to be. RE2's syntax too. */
export const RFC3339 =
  /^[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/;

/** What the format date-time of the API server lets pass: any character before a fraction, any zone of two digits each. */
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})t(\d{2}:\d{2}):(\d{2})(?:.(\d+))?(?:z|([+-])(\d{2}):(\d{2}))$/i;

/**
 * Returns the time that spec.expiresAt says, in ms since 1970, also for the spellings that only an earlier schema let pass,
 * such as a zone of +24:00; undefined for what is no time.
 */
export function expiryTime(text: string): number | undefined {
  const parts = DATE_TIME.exec(text);
  if (!parts) return undefined;
  const [, date, minutes, seconds = '', fraction = '0', sign, zoneHours = '0', zoneMinutes = '0'] = parts;
  const start = Date.parse(`${date}T${minutes}:00Z`);
  const zoneMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  const time = start + Number(`${seconds}.${fraction}`) * 1000 - (sign === '-' ? -zoneMs : zoneMs);
  return Number.isNaN(time) ? undefined : time;
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
