import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run. */
const PARTS = ['creation', 'latency', 'burst', 'slow', 'frozen', 'iam', 'image', 'growth'] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  readonly parts: readonly Part[];
  /** The number of keys of a creation. */
  readonly keys: number;
  /** Sizes for the growth; the last one is also that of the parts at rest and at a restart. */
  readonly sizes: readonly number[];
  readonly runs: number;
  /** The number of keys whose latency is measured, one after the other, in each run. */
  readonly samples: number;
  /** The time at rest, in s. */
  readonly restSeconds: number;
  /** True if six minutes at rest are part of the growth. */
  readonly hour: boolean;
  /** Concurrencies of the bare script that are tried. */
  readonly concurrencies: readonly number[];
  /** The file for the JSON. */
  readonly out: string;
  /** True to keep the file's figures that this run doesn't measure. */
  readonly keep: boolean;
  /** The file for the picture of the growth; none without it. */
  readonly plot: string | undefined;
  /** The folder for CPU profiles of the creation's operators; none are taken without it. */
  readonly profile: string | undefined;
}

export const USAGE = `npm run bench -- [options]

  --parts=${PARTS.join(',')}   (default: all)
  --keys=1000             keys of one creation
  --sizes=100,1000,10000  for the growth; at rest and at a restart there are as many as the last one says.
                          100000 take ten minutes to make, and 12 GiB of memory
  --runs=3                runs of each figure
  --samples=40            keys whose latency is taken, each run
  --rest=30               seconds at rest, 40 at most
  --no-hour               leaves out the hour at rest after the growth, which is six minutes with its sweeps and checks
  --concurrencies=8,16,32 how many keys the bare script works on at once; the fastest of each run is the ceiling
  --out=bench.json        where the figures go
  --keep                  keeps the figures in the file that aren't measured now: of other parts, of other sizes
  --plot=FILE.svg         where the picture of the growth goes
  --profile=FOLDER        where the operator's CPU profiles of the creation go (they slow it down)
  --short                 everything small: about 3 minutes`;

const SHORT = { keys: '150', sizes: '50,150', runs: '1', samples: '8', rest: '10', concurrencies: '16' };

/** Reads the command line. @throws Error that says what is wrong with it */
export function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: { type: 'boolean' },
      'no-hour': { type: 'boolean' },
      keep: { type: 'boolean' },
      parts: text,
      keys: text,
      sizes: text,
      runs: text,
      samples: text,
      rest: text,
      concurrencies: text,
      out: text,
      plot: text,
      profile: text,
    },
  });
  const given = { ...(values.short && SHORT), ...values };
  const numbers = (name: 'sizes' | 'concurrencies', otherwise: string) =>
    (given[name] ?? otherwise).split(',').map((value) => positive(name, value));
  const number = (name: 'keys' | 'runs' | 'samples' | 'rest', otherwise: string) =>
    positive(name, given[name] ?? otherwise);
  return {
    parts: partsOf(given.parts),
    keys: number('keys', '1000'),
    sizes: numbers('sizes', '100,1000,10000'),
    runs: number('runs', '3'),
    samples: number('samples', '40'),
    restSeconds: number('rest', '30'),
    hour: !(values['no-hour'] ?? values.short ?? false),
    concurrencies: numbers('concurrencies', '8,16,32'),
    out: given.out ?? 'bench.json',
    keep: values.keep ?? false,
    plot: given.plot,
    profile: given.profile,
  };
}

function positive(name: string, value: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(value))
    throw new Error(`--${name} is ${JSON.stringify(value)}; it takes numbers from 1 on`);
  return Number(value);
}

function partsOf(text: string | undefined): readonly Part[] {
  if (text === undefined) return PARTS;
  const asked = text.split(',');
  const unknown = asked.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}; there are ${PARTS.join(', ')}`);
  return PARTS.filter((part) => asked.includes(part));
}
