/** Sentences on the last run that several documents have. */
import { peersCpu } from './peers.ts';
import { type Figure, figureOf, type Run, shown } from './run.ts';

/** Returns the cost of new keys in three sentences. */
export function costOfNewKeys(run: Run): string {
  const { best, all, cpu } = newKeys(run);
  return [
    `A new key costs ${shown(cpu.spread.median)} ms of CPU, operator and store together, ${verdict(cpu, 'ms')};`,
    `three other operators take ${peersCpu()} ms.`,
    `A thousand keys at once are created at ${shown(best)} times the rate of a bare script that makes the same requests,`,
    `by each run's best tries, and at ${shown(all)} times its rate by the median of all tries.`,
  ].join(' ');
}

/** Returns what the operator uses at rest, in one sentence. */
export function costAtRest(run: Run): string {
  const cpu = figureOf(run, 'rest, 10000 keys', 'CPU of a core');
  const memory = figureOf(run, 'rest, 10000 keys', 'resident memory');
  return `At rest with 10,000 keys the operator uses ${shown(cpu.spread.median)} % of a core and ${shown(memory.spread.median)} MiB.`;
}

/** Returns the figures of a creation that sentences are about. Ratios are of the operator's rate to the script's. */
export function newKeys(run: Run): {
  /** By each run's best tries. */
  readonly best: number;
  /** By the median of all tries. */
  readonly all: number;
  readonly operatorRate: number;
  /** The rate of the script's best concurrency. */
  readonly scriptRate: number;
  readonly cpu: Figure;
} {
  const of = (name: string) => figureOf(run, 'creation, 1000 keys', name);
  const operatorRate = of('operator: all').spread.median;
  const scripts = run.figures.filter(
    ({ part, name }) => part === 'creation, 1000 keys' && /^script, \d+ at once$/.test(name),
  );
  const scriptRate = Math.max(...scripts.map(({ spread }) => spread.median));
  return {
    best: of('operator over ceiling, keys/s').spread.median,
    all: operatorRate / scriptRate,
    operatorRate,
    scriptRate,
    cpu: of('CPU of operator and store'),
  };
}

function verdict({ target, reached }: Figure, unit: string): string {
  if (target === undefined) return 'without a target';
  const limit = 'atMost' in target ? target.atMost : target.atLeast;
  return reached ? `within the target of ${limit} ${unit}` : `which misses the target of ${limit} ${unit}`;
}
