/** The size of the image's bundle, and the cost of its start, against an empty Node process. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Setting } from './creation.ts';
import type { Figure } from './figures.ts';
import type { Options } from './options.ts';
import { usageOf } from './processes.ts';

const SETTLE_MS = 1_000;

/** @throws Error if the bundle doesn't start */
export async function measureImage({ stage }: Setting, { runs }: Options): Promise<Figure[]> {
  const { bundle, bed } = stage;
  // What reads kubeconfigs is loaded outside of clusters alone.
  const loaded = bundle.files.filter(({ name }) => name !== 'kubeconfig.mjs' && name !== 'helm-test.mjs');
  const main = join(bed.folder, 'dist', 'main.mjs');
  const help: number[] = [];
  const empty: number[] = [];
  const memory: number[] = [];
  const emptyMemory: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    help.push(timeOf([main, '--help']));
    empty.push(timeOf(['--eval', '0']));
    emptyMemory.push(await emptyRss());
    const operator = await stage.operator();
    await sleep(SETTLE_MS);
    memory.push((await usageOf(operator.pid)).rssMib);
    await operator.kill();
  }
  const kib = loaded.reduce((sum, { bytes }) => sum + bytes, 0) / 1024;
  const part = 'image and start';
  return [
    { part, name: 'bundle that a pod loads', unit: 'KiB', values: [kib] },
    { part, name: 'start to the end of --help', unit: 'ms', values: help },
    { part, name: 'start and end of an empty Node process', unit: 'ms', values: empty },
    { part, name: 'resident memory, store connected, no keys', unit: 'MiB', values: memory },
    { part, name: 'resident memory of an empty Node process', unit: 'MiB', values: emptyMemory },
  ];
}

function timeOf(args: readonly string[]): number {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  return performance.now() - startedAt;
}

async function emptyRss(): Promise<number> {
  const child = spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
  await sleep(SETTLE_MS);
  const { rssMib } = await usageOf(child.pid ?? 0);
  child.kill();
  return rssMib;
}
