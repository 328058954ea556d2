/** An item and its time, in ms since 1970. */
interface Timed<T> {
  readonly of: T;
  readonly at: number;
}

/** The earliest of the items that were added. */
export interface Soonest<T> {
  /** Adds an item, if it has a time. */
  add(of: T, at: number | undefined): void;
  /** Returns the earliest items, in no order. */
  shown(): readonly Timed<T>[];
  /** Returns the number of the others. */
  omitted(): number;
}

/**
 * Keeps the `max` earliest items. It sorts only when twice as many have come, so that a hundred thousand take
 * neither one long sort nor room for all of them.
 */
export function soonest<T>(max: number): Soonest<T> {
  let kept: Timed<T>[] = [];
  let added = 0;
  function cut(): void {
    if (kept.length > max) kept = kept.sort((a, b) => a.at - b.at).slice(0, max);
  }
  return {
    add(of, at) {
      if (at === undefined) return;
      added += 1;
      kept.push({ of, at });
      if (kept.length > 2 * max) cut();
    },
    shown() {
      cut();
      return kept;
    },
    omitted: () => added - Math.min(added, max),
  };
}
