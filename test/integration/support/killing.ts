import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed } from '../../bed/bed.ts';
import { type Operator, startOperator } from '../../bed/operator.ts';
import type { Random } from './seeded-random.ts';

/** The maximum life of an operator that is ready, in ms, on an idle machine. */
const MAX_LIFE_MS = 800;
/**
 * The maximum additional life, as a multiple of the time that its start took, because a busy machine is slow in
 * everything.
 */
const STARTS = 2;
/** The longest start that counts, in ms. */
const MAX_START_MS = 2_000;

export interface KillingOptions {
  readonly bed: Bed;
  readonly kubeconfig: string;
  readonly args?: readonly string[];
  readonly random: Random;
  /** Asked before each start. */
  readonly enough: (kills: number) => boolean;
  /** Gets all that an operator has written, when it is dead. */
  readonly onOutput: (lines: readonly string[]) => void;
}

/**
 * Starts an operator and kills it with SIGKILL at some moment, again and again: mostly soon after it was ready,
 * and sometimes before. @returns how often
 */
export async function killing(options: KillingOptions): Promise<number> {
  const { bed, kubeconfig, args = [], random, enough, onOutput } = options;
  let kills = 0;
  for (; !enough(kills); kills += 1) {
    const startedAt = performance.now();
    const operator: Operator = await startOperator({ bed, kubeconfig, args });
    const early = random.next() < 0.1;
    // Kill it even if it isn't ready, because the API server is away.
    if (!early) await Promise.race([operator.ready, sleep(20_000)]);
    const startMs = Math.min(MAX_START_MS, performance.now() - startedAt);
    await sleep(random.next() ** 2 * (MAX_LIFE_MS + STARTS * startMs));
    await operator.kill('SIGKILL');
    onOutput(operator.output);
  }
  return kills;
}
