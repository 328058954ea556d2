import { join } from 'node:path';
import type { Timings } from '../../../src/operator/timings.ts';
import type { OperatorOptions } from '../../bed/operator.ts';

/** The program of an operator, and its environment. */
export type Program = Pick<OperatorOptions, 'entry' | 'env'>;

/** Returns the program of an operator with those waits, and otherwise those of src/main.ts. */
export function withTimings(timings: Partial<Timings>): Program {
  return { entry: join(import.meta.dirname, 'operator-timed.ts'), env: { TIMINGS: JSON.stringify(timings) } };
}

/**
 * An operator that does in seconds what another one does in half a minute, in the same order. Its waits aren't shorter:
 * a store on a busy machine answers within them.
 */
export const IMPATIENT = withTimings({
  retryBaseMs: 100,
  retryMaxMs: 3_000,
  watchRetryBaseMs: 100,
  storeRetryMs: 1_000,
  storeTimeoutMs: 5_000,
  lateWritesMs: 6_000,
  inheritedWritesMs: 3_000,
});
