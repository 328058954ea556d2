/**
 * Returns a time (ms since 1970) as RFC 3339 in whole seconds, as a status has it and metav1.Time is written.
 */
export function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A whole RFC 3339 time with a zone, the required form of spec.expiresAt. RE2 can read it too. */
export const RFC3339 =
  /^[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|[12][0-9]))T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/;

/**
 * The times that the API server's format date-time accepts: any character before a fraction, and any zone of
 * two digits each.
 */
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})t(\d{2}:\d{2}):(\d{2})(?:.(\d+))?(?:z|([+-])(\d{2}):(\d{2}))$/i;

/**
 * Returns the time of spec.expiresAt in ms since 1970, or undefined for what is no time. Reads the spellings
 * that only an earlier schema accepted too, such as a zone of +24:00.
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

/**
 * The maximum length of a text that the operator reads as a time. Anyone who can edit an annotation can make
 * it 256 KiB long.
 */
const MAX_TIME_LENGTH = 64;

/**
 * Returns the time in another author's text as RFC 3339 in UTC with milliseconds. Returns undefined for what
 * is no time, or has no year of four digits.
 */
export function asTime(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > MAX_TIME_LENGTH) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) || !/^\d{4}-/.test(time.toISOString()) ? undefined : time.toISOString();
}
