import { resolve } from 'node:path';
import { byOperator, byScript, type Creation, clearAfter, type Setting } from './creation.ts';
import type { Figure } from './figures.ts';
import type { Options } from './options.ts';
import { ratios } from './statistics.ts';

/**
 * The operator against the ceiling: in each run the script at every concurrency, and the operator as often, in turns,
 * on servers that hold nothing else. The fastest one of each counts: how busy the machine is changes within a minute,
 * and who has more tries than the other would have the better moment. @throws Error if a pair doesn't work
 */
export async function measureCreation(
  setting: Setting,
  { keys, runs, concurrencies, profile }: Options,
  say: (line: string) => void,
): Promise<Figure[]> {
  const execArgv = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`];
  const operators = concurrencies.map((): Creation[] => []);
  const scripts = new Map<number, Creation[]>();
  const take = async (name: string, into: Creation[], create: () => Promise<Creation>) => {
    const run = await create();
    await clearAfter(setting);
    if (run.working !== keys) throw new Error(`${keys - run.working} of ${keys} pairs do not work (${name})`);
    say(`creation: ${name}: ${run.keysPerSecond.toFixed(1)} keys/s`);
    into.push(run);
  };
  for (const concurrency of concurrencies) scripts.set(concurrency, []);
  const makers = [...scripts].flatMap(([concurrency, into], n) => [
    () => take(`script, ${concurrency} at once`, into, () => byScript(setting, keys, concurrency)),
    () => take('operator', operators[n] ?? [], () => byOperator(setting, keys, execArgv)),
  ]);
  for (let run = 0; run < runs; run += 1) {
    // Back and forth: what else the machine does, and what grows, is nobody's advantage.
    for (const make of run % 2 === 0 ? makers : makers.toReversed()) await make();
  }
  const operator = fastestOf(operators);
  const ceiling = fastestOf([...scripts.values()]);
  const part = `creation, ${keys} keys`;
  const rate = (of: readonly Creation[]) => of.map((run) => run.keysPerSecond);
  const cpu = (of: readonly Creation[], name: keyof Creation['cpuMs']) => of.map((run) => run.cpuMs[name]);
  const both = operator.map(({ cpuMs }) => cpuMs.worker + cpuMs.minio);
  return [
    {
      part,
      name: 'operator over ceiling, keys/s',
      unit: '',
      values: ratios(rate(operator), rate(ceiling)),
      target: { atLeast: 0.85 },
    },
    {
      part,
      name: 'CPU of all processes, script over operator',
      unit: '',
      values: ratios(ceiling.map(wholeCpu), operator.map(wholeCpu)),
    },
    {
      part,
      name: "operator's own CPU over the script's",
      unit: '',
      values: ratios(cpu(operator, 'worker'), cpu(ceiling, 'worker')),
    },
    { part, name: 'operator: the fastest of each run', unit: 'keys/s', values: rate(operator) },
    { part, name: 'operator: all', unit: 'keys/s', values: rate(operators.flat()) },
    { part, name: 'ceiling: the fastest script of each run', unit: 'keys/s', values: rate(ceiling) },
    ...[...scripts].map(([concurrency, of]) => ({
      part,
      name: `script, ${concurrency} at once`,
      unit: 'keys/s',
      values: rate(of),
    })),
    { part, name: 'CPU of operator and store', unit: 'ms/key', values: both, target: { atMost: 14 } },
    ...(['worker', 'minio', 'apiserver', 'etcd'] as const).flatMap((name) => [
      {
        part,
        name: `CPU of ${name === 'worker' ? 'the operator' : name}`,
        unit: 'ms/key',
        values: cpu(operator, name),
      },
      {
        part,
        name: `CPU of ${name === 'worker' ? 'the script' : `${name}, by the script`}`,
        unit: 'ms/key',
        values: cpu(ceiling, name),
      },
    ]),
  ];
}

/** Returns the CPU of all processes. It decides the rate if the machine is busy to the brim, as here. */
function wholeCpu({ cpuMs }: Creation): number {
  return Object.values(cpuMs).reduce((sum, ms) => sum + ms, 0);
}

/** Returns the fastest try of each run: no single concurrency is the best on every machine and at every moment. */
function fastestOf(tries: readonly (readonly Creation[])[]): Creation[] {
  const [first = []] = tries;
  return first.map((one, run) =>
    tries.reduce((best, runs) => {
      const other = runs[run] ?? best;
      return other.keysPerSecond > best.keysPerSecond ? other : best;
    }, one),
  );
}
