/** The costs of an operator by the number of keys: at its start, at rest, in a sweep, and for a new key. */
import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION } from '../../src/api/names.ts';
import { SWEPT } from '../bed/sweeps.ts';
import { byOperator, clearAfter, type Setting } from './creation.ts';
import { measureFailOver } from './fail-over.ts';
import type { Figure } from './figures.ts';
import { fill } from './fill/fill.ts';
import { measureHour } from './hour.ts';
import type { Options } from './options.ts';
import { requestsBetween } from './requests.ts';
import { measureStoreAlone } from './store-alone.ts';
import { startWatched, type WatchedOperator } from './watched-operator.ts';

/** New keys that are made beside those that are there. */
const BATCH = 200;
const AFTER_SWEEP_MS = 2_000;
const SETTLE_MS = 10_000;
/** It rests between the sweep of its start and the next one. */
const MAX_REST_S = 40;
/** The shortest that a store takes; the default is 10m. */
const SWEEP_INTERVAL = '1m';

type Measured = Record<string, number>;

/** The targets of a start: with 10,000 keys at most, and beyond, as it grows with the number of keys. */
const START_TARGETS = { cpuS: 10, peakMib: 250 };
const LARGE_START_TARGETS = { cpuS: 60, peakMib: 700 };
const LARGE = 10_000;

/**
 * At each size: a start, and a batch of new keys, so many times; with the most keys a rest with a sweep and a fail-over
 * too.
 */
export async function measureGrowth(
  setting: Setting,
  { sizes, runs, restSeconds, hour }: Options,
  say: (line: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  let there = 0;
  const store = { apiVersion: API_VERSION, kind: 'ClusterObjectStore', metadata: { name: 'default' } };
  await setting.stage.bed.api.patch(store, { spec: { resyncInterval: SWEEP_INTERVAL } });
  for (const size of sizes) {
    say(`growth: making ${size - there} keys`);
    await fill(setting, there, size);
    there = size;
    figures.push(...(await measureStoreAlone(setting, size)));
    say(`growth: the store alone, ${size} users`);
    const measured: Measured[] = [];
    for (let run = 0; run < runs; run += 1) {
      const operator = await startWatched(setting.stage);
      const started = await measureStart(operator);
      const rest = size === sizes.at(-1) ? await measureRest(operator, restSeconds) : {};
      await operator.kill();
      const failOver = size === sizes.at(-1) ? await measureFailOver(setting.stage) : {};
      const batch = await byOperator(setting, BATCH);
      await clearAfter(setting);
      measured.push({
        ...started,
        ...rest,
        ...failOver,
        batchRate: batch.keysPerSecond,
        batchCpu: batch.cpuMs.worker,
        batchStoreCpu: batch.cpuMs.minio,
      });
      say(`growth: ${size} keys, run ${run + 1} of ${runs}`);
    }
    figures.push(...figuresOf(size, measured));
  }
  if (hour) {
    say('growth: an hour at rest, ten times as fast');
    figures.push(...(await measureHour(setting.stage, there)));
  }
  return figures;
}

async function measureStart(operator: WatchedOperator): Promise<Measured> {
  await operator.quiet();
  const { cpuMs, peakRssMib } = await operator.usage();
  const blockMs = await operator.longestBlockMs();
  const requests = await operator.requests();
  return {
    startCpu: cpuMs / 1_000,
    startPeak: peakRssMib,
    startBlock: blockMs,
    startWrites: requests.kubeWrites + requests.storeWrites,
    startStore: requests.store - requests.policyReads,
  };
}

async function measureRest(operator: WatchedOperator, restSeconds: number): Promise<Measured> {
  operator.unwatchLoop();
  // What the start left behind is collected soon after it.
  await sleep(SETTLE_MS);
  const before = await operator.requests();
  const [from, fromAt] = [await operator.usage(), performance.now()];
  await sleep(Math.min(restSeconds, MAX_REST_S) * 1_000);
  const [to, toAt] = [await operator.usage(), performance.now()];
  const between = requestsBetween(before, await operator.requests());
  const share = (to.cpuMs - from.cpuMs) / (toAt - fromAt);
  const scraped = [await operator.usage(), performance.now()] as const;
  await operator.line(SWEPT);
  await sleep(AFTER_SWEEP_MS);
  const after = await operator.usage();
  const sweepMs = after.cpuMs - scraped[0].cpuMs - share * (performance.now() - scraped[1]);
  await operator.longestBlockMs();
  await operator.line(SWEPT);
  await sleep(AFTER_SWEEP_MS);
  const perHour = 3_600_000 / (toAt - fromAt);
  return {
    restCpu: share * 100,
    restRss: to.rssMib,
    restKube: between.kube * perHour,
    restStore: (between.store - between.policyReads) * perHour,
    restPolicyReads: between.policyReads * perHour,
    sweepCpu: sweepMs / 1_000,
    restBlock: await operator.longestBlockMs(),
  };
}

function figuresOf(size: number, measured: readonly Measured[]): Figure[] {
  const start = size > LARGE ? LARGE_START_TARGETS : START_TARGETS;
  // At rest a key costs its share of the policy checks, and its place in the caches.
  const beyond = Math.max(1, size / LARGE);
  const values = (name: string) => measured.map((run) => run[name] ?? Number.NaN);
  const of = (part: string, name: string, unit: string, from: string, atMost?: number): Figure => ({
    part: `${part}, ${size} keys`,
    name,
    unit,
    values: values(from),
    ...(atMost !== undefined && { target: { atMost } }),
  });
  const figures = [
    of('start', 'CPU until quiet', 's', 'startCpu', start.cpuS),
    of('start', 'peak of resident memory', 'MiB', 'startPeak', start.peakMib),
    of('start', 'longest hold-up of the event loop', 'ms', 'startBlock', 50),
    of('start', 'writes of keys, Secrets and users', 'requests', 'startWrites', 0),
    of('start', 'requests to the store beside policy checks', 'requests', 'startStore', 10),
    of('rest', 'CPU of a core', '%', 'restCpu', 0.5 * beyond),
    of('rest', 'resident memory', 'MiB', 'restRss', size > LARGE ? LARGE_START_TARGETS.peakMib : 150),
    of('rest', 'requests to the API server', '1/h', 'restKube'),
    of('rest', 'requests to the store beside policy checks', '1/h', 'restStore'),
    of('rest', 'policy checks', '1/h', 'restPolicyReads'),
    of('rest', 'longest hold-up of the event loop, with a sweep', 'ms', 'restBlock', 50),
    of('sweep', 'CPU of one', 's', 'sweepCpu', beyond),
    of('fail-over', 'until the other one leads, after a clean stop', 's', 'failOverLeading', 2),
    of('fail-over', 'until it has swept the store', 's', 'failOverSwept'),
    of('fail-over', 'CPU until quiet', 's', 'failOverCpu', start.cpuS),
    of('fail-over', 'peak of resident memory', 'MiB', 'failOverPeak', start.peakMib),
    of('fail-over', 'longest hold-up of the event loop', 'ms', 'failOverBlock', 50),
    of('fail-over', 'writes of keys, Secrets and users', 'requests', 'failOverWrites', 0),
    of('fail-over', 'requests to the store beside policy checks', 'requests', 'failOverStore', 10),
    of('stand-by', 'resident memory', 'MiB', 'standbyRss', size > LARGE ? LARGE_START_TARGETS.peakMib : 150),
    of('new keys beside', "operator's CPU", 'ms/key', 'batchCpu'),
    of('new keys beside', "store's CPU", 'ms/key', 'batchStoreCpu'),
    of('new keys beside', 'rate', 'keys/s', 'batchRate'),
  ];
  // At rest it was measured with the most keys alone.
  return figures.filter((figure) => figure.values.some((value) => !Number.isNaN(value)));
}
