/** Throughput while a store answers slowly, and while one of ten doesn't answer at all. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessKey } from '../../src/api/schema/accesskey.ts';
import { startProxy } from '../bed/proxy.ts';
import { clearAfter, keyNames, type Setting, startScript } from './creation.ts';
import type { Figure } from './figures.ts';
import type { Options } from './options.ts';
import { ratios } from './statistics.ts';

const SLOW = 'slow';
const ADDED_MS = 100;
const REQUESTS_TO_THE_STORE = 5;
/** The operator's own, for one store. */
const CONCURRENCY = 16;
const SLOW_KEYS = 320;
const STORES = 10;
const KEYS_OF_A_STORE = 40;
const TIMEOUT_MS = 300_000;

/** With a delay before each request to the store: the operator against a script that has as many keys at once as it begins with. */
export async function measureSlow(setting: Setting, { runs }: Options): Promise<Figure[]> {
  const { stage } = setting;
  const proxy = await startProxy(stage.bed.minio.endpoint);
  await stage.store(SLOW, { endpoint: proxy.url });
  const slow = () => proxy.onRequest(async () => void (await sleep(ADDED_MS)));
  const rates: number[] = [];
  const bare: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const script = await startScript(setting, CONCURRENCY, proxy.url);
    slow();
    bare.push(await rateOf(setting, [[SLOW, keyNames(SLOW_KEYS)]], script.take));
    await script.end();
    proxy.onRequest(undefined);
    await clearAfter(setting);
    slow();
    const operator = await stage.operator();
    rates.push(await rateOf(setting, [[SLOW, keyNames(SLOW_KEYS)]]));
    proxy.onRequest(undefined);
    await operator.kill();
    await clearAfter(setting);
  }
  await stage.removeStore(SLOW);
  await proxy.close();
  const bound = CONCURRENCY / ((REQUESTS_TO_THE_STORE * ADDED_MS) / 1_000);
  const part = `store with ${ADDED_MS} ms more`;
  return [
    {
      part,
      name: `operator over script, ${CONCURRENCY} at once`,
      unit: '',
      values: ratios(rates, bare),
      target: { atLeast: 0.85 },
    },
    {
      part,
      name: `rate over ${bound} keys/s, the most of ${CONCURRENCY} at once`,
      unit: '',
      values: rates.map((rate) => rate / bound),
    },
    { part, name: 'rate', unit: 'keys/s', values: rates },
    { part, name: 'rate of the script', unit: 'keys/s', values: bare },
  ];
}

/** Ten stores, first all well, then one of them frozen: the rate of the others' keys, the one over the other. */
export async function measureFrozen(setting: Setting, { runs }: Options): Promise<Figure[]> {
  const { stage } = setting;
  const proxy = await startProxy(stage.bed.minio.endpoint);
  const names = Array.from({ length: STORES }, (_, n) => `store-${n}`);
  const [first = '', ...others] = names;
  await stage.store(first, { endpoint: proxy.url });
  for (const name of others) await stage.store(name);
  const keysOf = (stores: readonly string[]) =>
    stores.map((store) => [store, keyNames(KEYS_OF_A_STORE, store)] as const);
  const well: number[] = [];
  const frozen: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    for (const rates of [well, frozen]) {
      const operator = await stage.operator();
      if (rates === frozen) {
        proxy.onRequest(() => new Promise(() => {}));
        // These come first, and hang.
        await setting.crowd.apply(setting.namespace, keyNames(KEYS_OF_A_STORE, first), { store: first });
      }
      rates.push(await rateOf(setting, keysOf(others)));
      await operator.kill('SIGKILL');
      proxy.onRequest(undefined);
      await clearAfter(setting);
    }
  }
  for (const name of names) await stage.removeStore(name);
  await proxy.close();
  const part = `one of ${STORES} stores frozen`;
  return [
    {
      part,
      name: "the others' rate over that without a frozen one",
      unit: '',
      values: ratios(frozen, well),
      target: { atLeast: 0.9 },
    },
    { part, name: "the others' rate", unit: 'keys/s', values: frozen },
    { part, name: 'the same without a frozen one', unit: 'keys/s', values: well },
  ];
}

async function rateOf(
  { crowd, namespace }: Setting,
  keys: readonly (readonly [store: string, names: readonly string[]])[],
  onApplied?: (accessKey: AccessKey) => void,
): Promise<number> {
  const watch = await crowd.watch(namespace);
  const count = keys.flatMap(([, names]) => names).length;
  const startedAt = performance.now();
  const ready = watch.until(count, TIMEOUT_MS);
  await Promise.all(
    keys.map(([store, names]) => crowd.apply(namespace, names, { store, ...(onApplied && { onApplied }) })),
  );
  await ready;
  watch.stop();
  return count / ((performance.now() - startedAt) / 1_000);
}
