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

/** Returns what the operator uses at rest, and what very many keys take if the run has them. */
export function costAtRest(run: Run): string {
  const of = (part: string, name: string) => shown(figureOf(run, part, name).spread.median);
  const rest = 'rest, 10000 keys';
  const atRest = `At rest with 10,000 keys the operator uses ${of(rest, 'CPU of a core')} % of a core and ${of(rest, 'resident memory')} MiB.`;
  const start = 'start, 100000 keys';
  if (!run.figures.some(({ part }) => part === start)) return atRest;
  return `${atRest} With 100,000 keys, a start takes ${of(start, 'CPU until quiet')} s of CPU and ${of(start, 'peak of resident memory')} MiB, and a new key ${of('new keys beside, 100000 keys', "operator's CPU")} ms of the operator's CPU.`;
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
