/** The time of one key on a quiet system: by the operator, and by the bare requests one after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FINALIZER } from '../../src/api/names.ts';
import { policyName } from '../../src/ownership/names.ts';
import { makeKey, revokeKey } from './ceiling.ts';
import { clearAfter, keyNames, type Setting } from './creation.ts';
import type { Figure } from './figures.ts';
import type { Options } from './options.ts';
import { watchSecrets } from './secret-watch.ts';
import { percentile } from './statistics.ts';

const BETWEEN_MS = 50;
/** The interval of the questions whether the store still knows a user; half of it adds to the measured time. */
const POLL_MS = 2;

interface Sample {
  /** From the apply to the Secret with the pair, in ms: it is proved by then. */
  readonly created: number[];
  /** From the delete until the store doesn't know the user any more, in ms. */
  readonly deleted: number[];
}

/** Each run's percentiles, and what they are of the sum of the bare requests, which is the script's p50. */
export async function measureLatency(
  setting: Setting,
  { runs, samples }: Options,
  say: (line: string) => void,
): Promise<Figure[]> {
  const pairs: { operator: Sample; script: Sample }[] = [];
  for (let run = 0; run < runs; run += 1) {
    const script = await byScript(setting, samples);
    await clearAfter(setting);
    const process = await setting.stage.operator();
    const operator = await byOperator(setting, samples);
    await process.kill();
    await clearAfter(setting);
    pairs.push({ operator, script });
    say(`latency: run ${run + 1} of ${runs}`);
  }
  const percentiles = [
    ['p50', 0.5, 1.5],
    ['p99', 0.99, 3],
  ] as const;
  return (['created', 'deleted'] as const).flatMap((what) =>
    percentiles.flatMap(([name, part, most]): Figure[] => {
      const operator = pairs.map((pair) => percentile(pair.operator[what], part));
      const sums = pairs.map((pair) => percentile(pair.script[what], 0.5));
      const over = operator.map((value, run) => value / (sums[run] ?? Number.NaN));
      const script = pairs.map((pair) => percentile(pair.script[what], part));
      const target = { atMost: most };
      return [
        {
          part: 'latency',
          name: `${what}, ${name} over the sum of its requests`,
          unit: '',
          values: over,
          target,
        },
        { part: 'latency', name: `${what}, ${name}`, unit: 'ms', values: operator },
        { part: 'latency', name: `${what}, ${name} of the bare requests`, unit: 'ms', values: script },
      ];
    }),
  );
}

async function byOperator({ stage, crowd, namespace }: Setting, samples: number): Promise<Sample> {
  const watch = await watchSecrets(crowd.secrets, namespace);
  const sample: Sample = { created: [], deleted: [] };
  // A store that has no key yet is held first, and let go after the last one: that isn't what is measured.
  await crowd.apply(namespace, ['resident']);
  await watch.of('resident');
  for (const name of keyNames(samples)) {
    const appliedAt = performance.now();
    await crowd.apply(namespace, [name]);
    const { at, accessKeyId } = await watch.of(name);
    await sleep(BETWEEN_MS);
    const deletedAt = performance.now();
    await crowd.accessKeys.delete(name, namespace);
    while (await stage.admin.getUser(accessKeyId)) await sleep(POLL_MS);
    sample.deleted.push(performance.now() - deletedAt);
    sample.created.push(at - appliedAt);
    await sleep(BETWEEN_MS);
  }
  watch.stop();
  return sample;
}

async function byScript({ stage, crowd, namespace, template }: Setting, samples: number): Promise<Sample> {
  const servers = { ...crowd, store: stage.admin };
  const sample: Sample = { created: [], deleted: [] };
  for (const name of keyNames(samples)) {
    let id = '';
    let version = { uid: '', resourceVersion: '' };
    const startedAt = performance.now();
    await crowd.apply(namespace, [name], { onApplied: ({ metadata }) => (version = metadata) });
    await makeKey(servers, template, { name, namespace, ...version }, (accessKeyId) => {
      id = accessKeyId;
      sample.created.push(performance.now() - startedAt);
    });
    const deletedAt = performance.now();
    await crowd.accessKeys.delete(name, namespace);
    await revokeKey(servers, template, { name, namespace }, id);
    sample.deleted.push(performance.now() - deletedAt);
    // What is left of it, so that the operator finds the name as new.
    await stage.admin.removePolicy(policyName(template.cluster, namespace, name));
    const { metadata } = await crowd.accessKeys.get(name, namespace);
    const finalizers = metadata.finalizers?.filter((finalizer) => finalizer !== FINALIZER) ?? [];
    await crowd.accessKeys.patch(name, namespace, { metadata: { finalizers } });
    await sleep(BETWEEN_MS);
  }
  return sample;
}
