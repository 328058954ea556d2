import { wrapped } from '../markdown.ts';
import { newKeys } from './costs.ts';
import { type Figure, figureOf, type Run, shown } from './run.ts';

/** Returns a list of what the table of figures doesn't show. A remark on a missed target goes when it is reached. */
export function unseen(run: Run): string {
  const of = (part: string, name: string) => figureOf(run, part, name);
  const median = (part: string, name: string) => shown(of(part, name).spread.median);
  const hour = run.figures.find(({ part }) => part.startsWith('an hour at rest'))?.part ?? '';
  const { cpu } = newKeys(run);
  const memory = of(hour, 'resident memory');
  const slow = 'store with 100 ms more';
  const burst = 'burst of 1000 keys';
  const remarks = [
    creation(run),
    missed(cpu) &&
      `**CPU of operator and store** misses its ${most(cpu)} ms by ${percentOver(cpu)} % on this machine. Here script and store alone take ${shown(bareCpu(run))} ms; the target was set on a machine where they took 9.3 ms.`,
    `**CPU at rest** is that of a leader. It makes 10,000 policy checks an hour, about 0.9 ms each. It also renews the Lease 1,800 times, about 1.8 ms each, every two seconds as client-go does. The hour, with checks ten times as often, took ${Math.round(of(hour, 'CPU for the hour').spread.median)} s of CPU including its six sweeps. To make fewer checks, raise \`--policy-check-interval\`.`,
    missed(memory) &&
      "**Memory in the hour** misses its target. Each minute of it has a sweep, which takes 64 MiB for Argon2id and releases them, and the garbage of ten minutes. At its real pace the operator uses what it uses at rest. The memory didn't grow.",
    "**Memory without keys** is mostly Node's. Of 93 MiB, 52 are pages of Node's program: the kernel shares them among processes and can drop them. V8's heaps have 22, the program's text in memory among them, and malloc has 16. So no change of the bundle reaches 70 MiB. An `import` of `node:http` would add Node's own fetch, 6 MiB more, so the bundle takes the module as `require` does.",
    "**CPU of a new key, by threads.** A sixth to a fifth of the operator's own is V8's compiler and garbage collector in their own threads, in a run of 500 keys after a start. The script has less code to compile. So the cost of a key falls with the number of keys that follow a start.",
    of('start, 100 keys', 'writes of keys, Secrets and users').spread.max === 1 &&
      "**The one write**, in a start with 100 keys, can only be the finalizer on the store's credentials, which had no keys before that start. Later starts had none. Nobody has examined it separately.",
    `**With 100 ms more** per request to the store, 16 keys at once allow at most 32 keys a second. The script reaches ${median(slow, 'rate of the script')}, including the time to apply and to finish. The operator reaches ${median(slow, 'rate')}, because it raises its limit there.`,
    `**A key of another store**, in a burst of 1,000 that takes ${median(burst, 'all of the burst, apply to Ready')} s, waits ${shown(of(burst, 'a key of another store, apply to Ready').spread.median / 1000)} s. The two share the cores, the API server and the operator's connections to it.`,
    "**100,000 keys** were measured in one run. The API server took up to 5.5 GiB of memory, most of it while the keys were made. During a start it uses more than one of the two cores to list them, which the longest hold-ups of the event loop include. MinIO's cost of a removal grows with the number of its users, and so does the time from its start until it lists them. Set the operator's memory limit to 768 MiB (`resources` of the chart): the default of 256 MiB is for some 10,000 keys.",
  ];
  return remarks
    .filter((remark) => remark !== false)
    .map((remark) => wrapped(`- ${remark}`, '  '))
    .join('\n');
}

function creation(run: Run): string {
  const { all, operatorRate, scriptRate } = newKeys(run);
  return `**Creation.** A ratio above 1 is noise of the machine: single tries vary by 10 to 15 %. By the median of all tries the operator reached ${shown(all)} of the script's best concurrency (${shown(operatorRate)} and ${shown(scriptRate)} keys/s). By an earlier method, once a run against the fastest of three scripts, it was 0.84 (0.68 to 0.86) on November 27, 2026.`;
}

/** CPU of the script and of the store for a key, in ms. */
function bareCpu(run: Run): number {
  const of = (name: string) => figureOf(run, 'creation, 1000 keys', name).spread.median;
  return of('CPU of the script') + of('CPU of minio, by the script');
}

function missed({ reached }: Figure): boolean {
  return reached === false;
}

function most({ target }: Figure): number {
  return target !== undefined && 'atMost' in target ? target.atMost : Number.NaN;
}

function percentOver(figure: Figure): number {
  return Math.round((figure.spread.median / most(figure) - 1) * 100);
}
