/**
 * The last run of the benchmark, docs/performance.json, as `npm run bench -- --out=docs/performance.json` writes it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '..', '..', '..', 'docs', 'performance.json');

/** One measured thing. */
export interface Figure {
  /** The measurement, and the number of keys: `creation, 1000 keys`. */
  readonly part: string;
  readonly name: string;
  /** `ms`, `MiB` and so on; '' for a ratio. */
  readonly unit: string;
  readonly spread: { readonly median: number; readonly min: number; readonly max: number };
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
  /** True if the median reaches the target. */
  readonly reached?: boolean;
}

export interface Run {
  /** A date, with or without the time. */
  readonly startedAt: string;
  readonly machine: { readonly cores: number };
  readonly figures: readonly Figure[];
}

/** Reads the last run. */
export function lastRun(): Run {
  return JSON.parse(readFileSync(FILE, 'utf8'));
}

/** Returns a figure of a run. @throws Error if the run lacks it */
export function figureOf({ figures }: Run, part: string, name: string): Figure {
  const found = figures.find((figure) => figure.part === part && figure.name === name);
  if (found === undefined) throw new Error(`docs/performance.json has no figure "${part}: ${name}"`);
  return found;
}

/** Returns a number with its three leading digits. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '?';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

/** Returns the target as `≥ 0.85` or `≤ 14`; '' without one. */
export function targetOf({ target }: Pick<Figure, 'target'>): string {
  if (target === undefined) return '';
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
}
