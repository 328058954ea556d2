/** An hour at rest, ten times as fast: sweeps and policy checks come as often as in an hour, within six minutes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from './figures.ts';
import { requestsBetween } from './requests.ts';
import type { Stage } from './stage.ts';
import { median } from './statistics.ts';
import { startWatched } from './watched-operator.ts';

const FASTER = 10;
const HOUR_MS = 3_600_000 / FASTER;
const SAMPLES = 60;
/** A heap is collected when it likes. */
const GROWTH = 1.1;

/** Measures an hour of stores whose resyncInterval is a tenth of the default. */
export async function measureHour(stage: Stage, keys: number): Promise<Figure[]> {
  const operator = await startWatched(stage, {
    args: [`--policy-check-interval=${HOUR_MS / 1_000}s`],
  });
  await operator.quiet();
  await operator.longestBlockMs();
  const [before, from] = [await operator.requests(), await operator.usage()];
  const rss: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    await sleep(HOUR_MS / SAMPLES);
    rss.push((await operator.usage()).rssMib);
  }
  const to = await operator.usage();
  const requests = requestsBetween(before, await operator.requests());
  const blockMs = await operator.longestBlockMs();
  await operator.kill();
  const third = SAMPLES / 3;
  const part = `an hour at rest, ${FASTER} times as fast, ${keys} keys`;
  const grown = median(rss.slice(-third)) / median(rss.slice(0, third));
  return [
    {
      part,
      name: 'resident memory, last third over first',
      unit: '',
      values: [grown],
      target: { atMost: GROWTH },
    },
    { part, name: 'resident memory', unit: 'MiB', values: rss, target: { atMost: 150 } },
    {
      part,
      name: 'longest hold-up of the event loop',
      unit: 'ms',
      values: [blockMs],
      target: { atMost: 50 },
    },
    { part, name: 'CPU for the hour', unit: 's', values: [(to.cpuMs - from.cpuMs) / 1_000] },
    { part, name: 'policy checks', unit: 'requests', values: [requests.policyReads] },
    {
      part,
      name: 'other requests to the store',
      unit: 'requests',
      values: [requests.store - requests.policyReads],
    },
    { part, name: 'requests to the API server', unit: 'requests', values: [requests.kube] },
    { part, name: 'writes', unit: 'requests', values: [requests.kubeWrites + requests.storeWrites] },
  ];
}
