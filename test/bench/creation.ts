/** The time from the first apply until all keys are Ready: by the operator, and by the bare script. */

import type { AccessKey } from '../../src/api/schema/accesskey.ts';
import { policyName } from '../../src/ownership/names.ts';
import { type Bare, startBare } from './bare.ts';
import type { Template } from './ceiling.ts';
import { clear } from './clearing.ts';
import type { Crowd } from './crowd.ts';
import { inParallel } from './parallel.ts';
import { cpuDuring, untilQuiet } from './processes.ts';
import type { Stage } from './stage.ts';

/** Returns the maximum time for that many keys, in ms: a tenth of a second each is slow, even on a busy machine. */
const timeoutMs = (count: number) => Math.max(900_000, count * 100);

/** One run: so many keys, all Ready. */
export interface Creation {
  readonly keysPerSecond: number;
  /** CPU for each key, in ms, of the operator or the script and of the servers. */
  readonly cpuMs: {
    readonly worker: number;
    readonly minio: number;
    readonly apiserver: number;
    readonly etcd: number;
    /** The CPU of the process that applies the keys and watches them. */
    readonly bench: number;
  };
  /** The number of published pairs that the store accepts. */
  readonly working: number;
}

export interface Setting {
  readonly stage: Stage;
  readonly crowd: Crowd;
  readonly template: Template;
  readonly namespace: string;
}

/** Names that sort, and are of one length. */
export function keyNames(count: number, prefix = 'key'): string[] {
  return Array.from({ length: count }, (_, n) => `${prefix}-${String(n).padStart(6, '0')}`);
}

/** Measures the operator, which it starts. @param execArgv Node's own arguments, such as `--cpu-prof` */
export async function byOperator(
  setting: Setting,
  count: number,
  execArgv: readonly string[] = [],
): Promise<Creation> {
  const operator = await setting.stage.operator({ execArgv });
  try {
    // The operator may still reconcile the existing keys.
    await untilQuiet(operator.pid);
    return await create(setting, count, operator.pid);
  } finally {
    await operator.kill();
  }
}

/** Measures the bare script. @param concurrency the number of concurrent keys */
export async function byScript(setting: Setting, count: number, concurrency: number): Promise<Creation> {
  const bare = await startScript(setting, concurrency);
  try {
    return await create(setting, count, bare.pid, bare.take);
  } finally {
    await bare.end();
  }
}

/** Starts the script. @param through the endpoint by which it reaches the store; default: MinIO's own */
export async function startScript(
  { stage, template }: Setting,
  concurrency: number,
  through?: string,
): Promise<Bare> {
  const { endpoint, rootUser, rootPassword } = stage.bed.minio;
  return startBare({
    kubeconfig: stage.kubeconfig,
    endpoint: through ?? endpoint,
    credentials: { accessKeyId: rootUser, secretAccessKey: rootPassword },
    template,
    concurrency,
  });
}

async function create(
  setting: Setting,
  count: number,
  pid: number,
  onApplied?: (accessKey: AccessKey) => void,
): Promise<Creation> {
  const { stage, crowd, namespace } = setting;
  const watch = await crowd.watch(namespace);
  const { cpuMs, seconds } = await cpuDuring({ worker: pid, bench: process.pid, ...stage.pids }, async () => {
    const ready = watch.until(count, timeoutMs(count));
    await crowd.apply(namespace, keyNames(count), { ...(onApplied && { onApplied }) });
    await ready;
  });
  watch.stop();
  const each = (name: string) => (cpuMs[name] ?? Number.NaN) / count;
  return {
    keysPerSecond: count / seconds,
    cpuMs: {
      worker: each('worker'),
      minio: each('minio'),
      apiserver: each('apiserver'),
      etcd: each('etcd'),
      bench: each('bench'),
    },
    working: await workingPairs(setting),
  };
}

/** Uses each pair as an application does, outside the time that is measured. */
async function workingPairs({ stage, crowd, namespace, template }: Setting): Promise<number> {
  const { items } = await crowd.secrets.list({ namespace });
  let working = 0;
  await inParallel(items, 16, async ({ metadata, data = {} }) => {
    const text = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString();
    const pair = { accessKeyId: text('AWS_ACCESS_KEY_ID'), secretAccessKey: text('AWS_SECRET_ACCESS_KEY') };
    const result = await stage.admin.probe(pair);
    const policy = policyName(template.cluster, namespace, metadata.name);
    if (result.kind === 'works' && result.user.policies.includes(policy)) working += 1;
  });
  return working;
}

/** Removes what a run has made. */
export async function clearAfter({ stage, crowd, template, namespace }: Setting): Promise<void> {
  await clear(stage, crowd, template.cluster, namespace);
}
