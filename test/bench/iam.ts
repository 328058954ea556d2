/** What a key and a sweep cost where the users come by AWS's IAM API, beside MinIO: both through a proxy that counts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION } from '../../src/api/names.ts';
import { startProxy } from '../bed/proxy.ts';
import { keyNames, type Setting } from './creation.ts';
import type { Figure } from './figures.ts';
import type { Options } from './options.ts';
import { cpuDuring, untilQuiet } from './processes.ts';

/** VersityGW's IAM server reads its whole file for each request: more keys would take most of the benchmark. */
const MOST_KEYS = 1000;
const TIMEOUT_MS = 1_800_000;

/** A store that is measured. */
interface Measured {
  /** Of the store, its namespace and its figures. */
  readonly name: string;
  /** Where its users are administered. */
  readonly upstream: string;
  /** The pid of what administers them. */
  readonly server: number;
  readonly pair: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The store's part of its spec. */
  readonly spec: (users: string) => object;
}

/** Each store's cost of a key, and of a sweep over all of them, which finds any drift of users. */
export async function measureIam(
  setting: Setting,
  { keys }: Options,
  say: (line: string) => void,
): Promise<Figure[]> {
  const { minio } = setting.stage.bed;
  const gateway = await setting.stage.bed.startVersityGw();
  const count = Math.min(keys, MOST_KEYS);
  const stores: readonly Measured[] = [
    {
      name: 'iam-minio',
      upstream: minio.endpoint,
      server: minio.pid,
      pair: { accessKeyId: minio.rootUser, secretAccessKey: minio.rootPassword },
      spec: (users) => ({ provider: 'MinIO', endpoint: users }),
    },
    {
      name: 'iam-versitygw',
      upstream: gateway.iamEndpoint,
      server: gateway.iam.pid,
      pair: { accessKeyId: gateway.rootAccessKeyId, secretAccessKey: gateway.rootSecretAccessKey },
      spec: (users) => ({ provider: 'IAM', endpoint: gateway.endpoint, iam: { endpoint: users } }),
    },
  ];
  const figures: Figure[] = [];
  for (const store of stores) {
    figures.push(...(await measureStore(setting, store, count)));
    say(`iam: ${store.name}`);
  }
  return figures;
}

async function measureStore(setting: Setting, measured: Measured, count: number): Promise<Figure[]> {
  const { stage, crowd } = setting;
  const { name, upstream, server, pair, spec } = measured;
  const proxy = await startProxy(upstream);
  const metadata = { name, namespace: 'storage' };
  const stringData = { AWS_ACCESS_KEY_ID: pair.accessKeyId, AWS_SECRET_ACCESS_KEY: pair.secretAccessKey };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata };
  const store = { apiVersion: API_VERSION, kind: 'ClusterObjectStore', metadata: { name } };
  await stage.namespace(name);
  await stage.bed.api.create({ ...secret, stringData });
  const grants = [{ namespaces: { all: true }, buckets: ['*'] }];
  await stage.bed.api.create({
    ...store,
    spec: { ...spec(proxy.url), allowInsecure: true, credentialsRef: metadata, grants },
  });
  const swept = async (operator: Awaited<ReturnType<typeof stage.operator>>) => {
    const isSwept = () =>
      operator.lines.some((line) => line['name'] === name && line.msg === 'swept the store');
    while (!isSwept()) await sleep(20);
  };

  const operator = await stage.operator();
  await swept(operator);
  await untilQuiet(operator.pid);
  proxy.requests.length = 0;
  const watch = await crowd.watch(name);
  const creation = await cpuDuring({ operator: operator.pid, server }, async () => {
    const ready = watch.until(count, TIMEOUT_MS);
    await crowd.apply(name, keyNames(count), { store: name });
    await ready;
  });
  watch.stop();
  const perKey = proxy.requests.length / count;
  await operator.kill();

  // A new process sweeps before anything else, and finds every key as it left it.
  proxy.requests.length = 0;
  const sweep = await cpuDuring({ server }, async () => {
    const started = await stage.operator();
    await swept(started);
    return started;
  });
  const next = sweep.result;
  const requestsOfSweep = proxy.requests.length;
  for (const key of keyNames(count))
    await stage.bed.api.delete({
      apiVersion: API_VERSION,
      kind: 'AccessKey',
      metadata: { name: key, namespace: name },
    });
  await untilGone(setting, name);
  await next.kill();
  for (const ref of [store, secret]) {
    await stage.bed.api.patch(ref, { metadata: { finalizers: null } });
    await stage.bed.api.delete(ref);
  }
  await proxy.close();

  const part = `${name.slice('iam-'.length)}, ${count} keys`;
  const figure = (what: string, unit: string, value: number): Figure => ({
    ...{ part, name: what, unit },
    values: [value],
  });
  const each = (who: string) => (creation.cpuMs[who] ?? Number.NaN) / count;
  return [
    figure('requests to the store for a key', 'requests', perKey),
    figure('keys', 'keys/s', count / creation.seconds),
    figure('CPU of the operator for a key', 'ms', each('operator')),
    figure('CPU of the store for a key', 'ms', each('server')),
    figure('requests of a sweep after a start', 'requests', requestsOfSweep),
    figure('from a start until the store is swept', 's', sweep.seconds),
    figure('CPU of the store for a sweep', 'ms', sweep.cpuMs['server'] ?? Number.NaN),
  ];
}

async function untilGone({ crowd }: Setting, namespace: string): Promise<void> {
  for (;;) {
    const { items } = await crowd.accessKeys.list({ namespace });
    if (items.length === 0) return;
    await sleep(250);
  }
}
