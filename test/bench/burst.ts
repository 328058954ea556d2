/** The latency of a single key of one store while many keys of another are applied at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clearAfter, keyNames, type Setting } from './creation.ts';
import type { Figure } from './figures.ts';
import type { Options } from './options.ts';
import { percentile } from './statistics.ts';

const OTHER = 'other';
const SINGLES = 5;
const TIMEOUT_MS = 900_000;
const BETWEEN_MS = 300;

/** In each run a burst of keys for one store, and a few keys for another one while it lasts. */
export async function measureBurst(setting: Setting, { keys, runs }: Options): Promise<Figure[]> {
  const { stage, crowd, namespace } = setting;
  await stage.store(OTHER);
  const single: number[] = [];
  const whole: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const operator = await stage.operator();
    const watch = await crowd.watch(namespace);
    const startedAt = performance.now();
    const burst = crowd.apply(namespace, keyNames(keys));
    const latencies: number[] = [];
    for (const [n, name] of keyNames(SINGLES, 'single').entries()) {
      await sleep(BETWEEN_MS);
      const appliedAt = performance.now();
      await crowd.apply(namespace, [name], { store: OTHER });
      while (!watch.readyAt.has(name)) await sleep(5);
      // The first one makes its store held.
      if (n > 0) latencies.push((watch.readyAt.get(name) ?? Number.NaN) - appliedAt);
    }
    await burst;
    await watch.until(keys + SINGLES, TIMEOUT_MS);
    watch.stop();
    single.push(percentile(latencies, 0.5));
    whole.push(performance.now() - startedAt);
    await operator.kill();
    await clearAfter(setting);
  }
  await stage.removeStore(OTHER);
  const part = `burst of ${keys} keys`;
  return [
    {
      part,
      name: "a key of another store, over the burst's whole time",
      unit: '',
      values: single.map((ms, run) => ms / (whole[run] ?? Number.NaN)),
    },
    { part, name: 'a key of another store, apply to Ready', unit: 'ms', values: single },
    { part, name: 'all of the burst, apply to Ready', unit: 's', values: whole.map((ms) => ms / 1_000) },
  ];
}
