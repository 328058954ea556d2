/** One thing and its time, in ms since 1970. */
export interface Timed<T> {
  readonly of: T;
  readonly at: number;
}

/** The `most` earliest ones, in no order, and how many are left out. */
export function soonest<T>(all: readonly Timed<T>[], most: number): { shown: Timed<T>[]; omitted: number } {
  if (all.length <= most) return { shown: [...all], omitted: 0 };
  const shown = all.toSorted((a, b) => a.at - b.at).slice(0, most);
  return { shown, omitted: all.length - shown.length };
}
