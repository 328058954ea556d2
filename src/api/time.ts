/** A time (ms since 1970) as a status has it: RFC 3339 in whole seconds, as metav1.Time is written. */
export function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
