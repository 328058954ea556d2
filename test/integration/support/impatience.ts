import { join } from 'node:path';
import { TIMINGS, type Timings } from '../../../src/operator/timings.ts';

/**
 * An operator with these waits does in seconds what another one does in half a minute, in the same order. Not shorter: a
 * store on a busy machine answers within them.
 */
export const IMPATIENT_TIMINGS: Timings = {
  ...TIMINGS,
  retryBaseMs: 100,
  retryMaxMs: 3_000,
  watchRetryBaseMs: 100,
  storeRetryMs: 1_000,
  storeTimeoutMs: 5_000,
  lateWritesMs: 6_000,
};

/** The program of such an operator, an `entry` for OperatorOptions. */
export const IMPATIENT = { entry: join(import.meta.dirname, 'impatient.ts') };
