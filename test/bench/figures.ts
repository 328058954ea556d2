import { type Spread, spreadOf } from './statistics.ts';

/** One thing that was measured, once a run. */
export interface Figure {
  /** The measurement: `creation, 1000 keys`. */
  readonly part: string;
  readonly name: string;
  /** `keys/s`, `ms`, `MiB`; '' for a ratio. */
  readonly unit: string;
  readonly values: readonly number[];
  /** The target. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
}

/** A figure with what is said of it. */
export interface Summary extends Figure {
  readonly spread: Spread;
  /** True if the median reaches the target; undefined without one. */
  readonly reached: boolean | undefined;
}

/** Ratios first: they are what another machine can be compared by. */
export function summarize(figures: readonly Figure[]): Summary[] {
  const summaries = figures.map((figure) => {
    const spread = spreadOf(figure.values);
    return { ...figure, spread, reached: isReached(figure.target, spread.median) };
  });
  return [...summaries.filter(({ unit }) => unit === ''), ...summaries.filter(({ unit }) => unit !== '')];
}

function isReached(target: Figure['target'], value: number): boolean | undefined {
  if (target === undefined) return undefined;
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost;
}
