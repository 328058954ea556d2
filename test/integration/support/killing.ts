import { setTimeout as sleep } from 'node:timers/promises';
import type { Bed } from '../../bed/bed.ts';
import { type Operator, startOperator } from '../../bed/operator.ts';
import type { Random } from './seeded-random.ts';

export interface KillingOptions {
  readonly bed: Bed;
  readonly kubeconfig: string;
  readonly args?: readonly string[];
  readonly random: Random;
  /** Asked before each start. */
  readonly enough: (kills: number) => boolean;
  /** Told of all that an operator has written, when it is dead. */
  readonly onOutput: (lines: readonly string[]) => void;
}

/**
 * Starts an operator and kills it with SIGKILL at some moment, again and again: mostly within a second after it was
 * ready, and sometimes before. @returns how often
 */
export async function killing(options: KillingOptions): Promise<number> {
  const { bed, kubeconfig, args = [], random, enough, onOutput } = options;
  let kills = 0;
  for (; !enough(kills); kills += 1) {
    const operator: Operator = await startOperator({ bed, kubeconfig, args });
    const early = random.next() < 0.1;
    // One that the API server's absence keeps from being ready is killed all the same.
    if (!early) await Promise.race([operator.ready, sleep(20_000)]);
    await sleep(random.next() ** 2 * 800);
    await operator.kill('SIGKILL');
    onOutput(operator.output);
  }
  return kills;
}
