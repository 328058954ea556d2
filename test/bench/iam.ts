/**
 * The cost of a key, a sweep and a check of a key's policy with AWS's IAM API and with MinIO, with few users and with
 * many: each through a proxy that counts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION } from '../../src/api/names.ts';
import type { FaultProxy } from '../bed/proxy.ts';
import { startProxy } from '../bed/proxy.ts';
import { keyNames, type Setting } from './creation.ts';
import type { Figure } from './figures.ts';
import { type Measured, storesToMeasure } from './iam-stores.ts';
import type { Options } from './options.ts';
import { inParallel } from './parallel.ts';
import { cpuDuring, untilQuiet } from './processes.ts';

/** VersityGW's IAM server reads its whole file for each request: more keys would take most of the benchmark. */
const MAX_KEYS = 1000;
/** The part of the users that is there at first, and of the keys whose creation is measured. */
const TENTH = 10;
const TIMEOUT_MS = 1_800_000;
/** The time for which policy checks are counted. */
const CHECKS_MS = 30_000;
/** The checks per second, which leave some rest to a server that reads all of its users for each. */
const CHECKS_A_SECOND = 2;

/** Each store's costs with a tenth of the keys, and with all of them. */
export async function measureIam(
  setting: Setting,
  { keys }: Options,
  say: (line: string) => void,
): Promise<Figure[]> {
  const count = Math.min(keys, MAX_KEYS);
  const figures: Figure[] = [];
  for (const start of storesToMeasure(setting.stage.bed, say)) {
    const store = await start();
    figures.push(...(await measureStore(setting, store, count)));
    say(`iam: ${store.name}`);
  }
  return figures;
}

/** A store as operators find it. */
interface Ground {
  readonly setting: Setting;
  readonly store: Measured;
  /** The name of the store object and of the keys' namespace. */
  readonly name: string;
  readonly proxy: FaultProxy;
}

async function measureStore(setting: Setting, store: Measured, count: number): Promise<Figure[]> {
  const { stage } = setting;
  const name = `iam-${store.name}`;
  const proxy = await startProxy(store.upstream);
  const metadata = { name, namespace: 'storage' };
  const { accessKeyId, secretAccessKey } = store.pair;
  const stringData = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata };
  const object = { apiVersion: API_VERSION, kind: 'ClusterObjectStore', metadata: { name } };
  await stage.namespace(name);
  await stage.bed.api.create({ ...secret, stringData });
  const grants = [{ namespaces: { all: true }, buckets: ['*'] }];
  const spec = { ...store.spec(proxy.url), allowInsecure: true, credentialsRef: metadata, grants };
  await stage.bed.api.create({ ...object, spec });
  const ground = { setting, store, name, proxy };
  const step = Math.ceil(count / TENTH);
  const figures: Figure[] = [];
  for (const size of step < count ? [step, count] : [count]) {
    const there = figures.length === 0 ? 0 : step;
    figures.push(...(await costsOfKeys(ground, { there, size, measured: step })));
    figures.push(...(await costsAtRest(ground, size)));
  }
  await forget(setting, name);
  for (const ref of [object, secret]) {
    await stage.bed.api.patch(ref, { metadata: { finalizers: null } });
    await stage.bed.api.delete(ref);
  }
  await proxy.close();
  return figures;
}

function figureOf({ store }: Ground, size: number, name: string, unit: string, value: number): Figure {
  return { part: `${store.name}, ${size} keys`, name, unit, values: [value] };
}

/** Makes keys until there are `size`, and gives what the last ones cost. */
async function costsOfKeys(
  ground: Ground,
  { there, size, measured }: { there: number; size: number; measured: number },
): Promise<Figure[]> {
  const { setting, name, proxy, store } = ground;
  const operator = await startSwept(ground);
  const create = async (from: number, to: number) => {
    if (from === to) return;
    const watch = await setting.crowd.watch(name);
    const ready = watch.until(to - from, TIMEOUT_MS);
    await setting.crowd.apply(name, keyNames(to).slice(from), { store: name });
    await ready;
    watch.stop();
  };
  await create(there, size - measured);
  await untilQuiet(operator.pid);
  proxy.requests.length = 0;
  const { cpuMs, seconds } = await cpuDuring({ operator: operator.pid, server: store.pids }, () =>
    create(size - measured, size),
  );
  const requests = proxy.requests.length / measured;
  await operator.kill();
  const each = (who: string) => (cpuMs[who] ?? Number.NaN) / measured;
  return [
    figureOf(ground, size, 'requests to the store for a key', 'requests', requests),
    figureOf(ground, size, 'keys', 'keys/s', measured / seconds),
    figureOf(ground, size, 'CPU of the operator for a key', 'ms', each('operator')),
    figureOf(ground, size, 'CPU of the store for a key', 'ms', each('server')),
  ];
}

/** Measures a sweep over all users, which finds those that drifted, and a check of one key's policy. */
async function costsAtRest(ground: Ground, size: number): Promise<Figure[]> {
  const { proxy, store } = ground;
  const args = [`--policy-check-interval=${Math.max(60, size / CHECKS_A_SECOND)}s`];
  proxy.requests.length = 0;
  // A new process sweeps before anything else, and finds every key as it left it.
  const sweep = await cpuDuring({ server: store.pids }, () => startSwept(ground, args));
  const operator = sweep.result;
  const requestsOfSweep = proxy.requests.length;
  await untilQuiet(operator.pid);
  const before = proxy.requests.length;
  const checks = await cpuDuring({ operator: operator.pid, server: store.pids }, () => sleep(CHECKS_MS));
  const requestsOfChecks = proxy.requests.length - before;
  await operator.kill();
  const checked = (CHECKS_MS / 1_000) * Math.min(CHECKS_A_SECOND, size / 60);
  const each = (who: string) => (checks.cpuMs[who] ?? Number.NaN) / checked;
  return [
    figureOf(ground, size, 'requests of a sweep', 'requests', requestsOfSweep),
    figureOf(ground, size, 'from a start until the store is swept', 's', sweep.seconds),
    figureOf(ground, size, 'CPU of the store for a sweep', 'ms', sweep.cpuMs['server'] ?? Number.NaN),
    figureOf(
      ground,
      size,
      'requests to check the policy of a key',
      'requests/key',
      requestsOfChecks / checked,
    ),
    figureOf(ground, size, 'CPU of the operator for that', 'ms', each('operator')),
    figureOf(ground, size, 'CPU of the store for that', 'ms', each('server')),
  ];
}

/** Starts an operator and waits until it has swept the store. */
function startSwept({ setting: { stage }, name }: Ground, args: readonly string[] = []) {
  return stage.operator({ args, otherStores: [name] });
}

/** Removes the keys from the API server alone: the store ends with the benchmark. */
async function forget({ stage, crowd }: Setting, namespace: string): Promise<void> {
  const { items } = await crowd.accessKeys.list({ namespace });
  await stage.bed.api.request('DELETE', `/api/v1/namespaces/${namespace}/secrets`);
  await inParallel(items, 16, async ({ metadata: { name } }) => {
    await crowd.accessKeys.patch(name, namespace, { metadata: { finalizers: null } });
    await crowd.accessKeys.delete(name, namespace);
  });
}
