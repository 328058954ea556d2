/** `npm run bench`: measures the operator on a bed of its own, prints a table and writes the figures as JSON. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { measureBurst } from './burst.ts';
import type { Setting } from './creation.ts';
import { measureCreation } from './creation-figures.ts';
import { type Figure, type Summary, summarize } from './figures.ts';
import { measureGrowth } from './growth.ts';
import { growthPlot } from './growth-plot.ts';
import { measureIam } from './iam.ts';
import { measureImage } from './image.ts';
import { measureLatency } from './latency.ts';
import { type Options, type Part, readOptions, USAGE } from './options.ts';
import { prepare } from './prepare.ts';
import { measureFrozen, measureSlow } from './slow-stores.ts';
import { table } from './table.ts';

const say = (line: string) => console.error(`bench: ${line}`);

/** The parts that leave keys behind come last. */
const MEASURES: Readonly<
  Record<Part, (setting: Setting, options: Options, say: (line: string) => void) => Promise<Figure[]>>
> = {
  creation: measureCreation,
  latency: measureLatency,
  burst: measureBurst,
  slow: measureSlow,
  frozen: measureFrozen,
  iam: measureIam,
  image: measureImage,
  growth: measureGrowth,
};

async function measure(options: Options): Promise<Figure[]> {
  const setting = await prepare(say);
  try {
    const figures: Figure[] = [];
    for (const part of options.parts) {
      say(part);
      figures.push(...(await MEASURES[part](setting, options, say)));
    }
    return figures;
  } finally {
    await setting.end();
  }
}

/** Returns what was measured now, and from the file what wasn't. */
async function withKept(figures: readonly Figure[], { out }: Options): Promise<Figure[]> {
  const text = await readFile(out, 'utf8').catch(() => '{"figures":[]}');
  const { figures: before }: { figures: Summary[] } = JSON.parse(text);
  const isNew = ({ part, name }: Figure) =>
    figures.some((figure) => figure.part === part && figure.name === name);
  return [...before.filter((figure) => !isNew(figure)), ...figures];
}

function optionsOrUsage(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(2);
  }
}

const options = optionsOrUsage();
const startedAt = new Date().toISOString();
const measured = await measure(options);
const figures = summarize(options.keep ? await withKept(measured, options) : measured);
const [cpu] = cpus();
const machine = { cpu: cpu?.model ?? '', cores: cpus().length, node: process.version };
await writeFile(options.out, `${JSON.stringify({ startedAt, machine, options, figures }, undefined, 2)}\n`);
if (options.plot !== undefined) await writeFile(options.plot, growthPlot(figures));
console.log(table(figures));
