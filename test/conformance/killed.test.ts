/**
 * The operator dies at each of the writes that make or rotate a key, to the store and to the API server, when the write
 * is done and unanswered. The next operator leaves exactly the users that work, and a pair that was published stays.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import type { Pair } from '../../src/provider/provider.ts';
import { type FaultProxy, type ProxyRequest, startProxy } from '../bed/proxy.ts';
import {
  edit,
  fixtures,
  limitedKey,
  type NamespacedRef,
  readHello,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  storeReady,
  storeRef,
  usersOf,
} from '../integration/support/fixtures.ts';
import { isWrite } from './requests.ts';
import { createStore, describeStores, type RunningStore, STORES } from './stores.ts';

const killed = await fixtures('killed');
const { bed, cluster } = killed;
afterAll(killed.end);

/** Makes the store as the operator sees it, through a proxy. */
async function makeStore(store: RunningStore, proxy: FaultProxy, namespace: string): Promise<string> {
  const name = `killed-${randomBytes(3).toString('hex')}`;
  const grants = [{ namespaces: { names: [namespace] }, buckets: ['*'] }];
  await createStore(bed, { name, namespace }, store, { grants }, proxy.url);
  return name;
}

/** What happens to a key, and how many writes it takes at least. */
const WORK = {
  creation: { least: 4, begin: async () => {} },
  rotation: { least: 3, begin: async (ref: NamespacedRef) => edit(bed, ref, { keyGeneration: 2 }) },
} as const;

describeStores(STORES, (kind) => {
  test('the users that work, and no others, wherever the operator dies', { timeout: 900_000 }, async () => {
    const store = await kind.start(bed, cluster);
    const namespace = await killed.namespace();
    const api = await startProxy(bed.server, { ca: bed.caPem });
    const proxy = await startProxy(store.usersEndpoint);
    const root = s3Client(store, store.root);
    const bucket = `killed-${randomBytes(4).toString('hex')}`;
    await root.makeBucket(bucket);
    await root.putObject(bucket, 'hello', 'hello');
    const name = await makeStore(store, proxy, namespace);
    const make = () => killed.accessKey(namespace, name, limitedKey({ [bucket]: 'read_only' }));
    const kubeconfig = await bed.kubeconfig({ server: api.url });
    const start = () => killed.operator({ kubeconfig });
    const read = (pair: Pair) => s3Outcome(readHello(s3Client(store, pair), bucket));
    const idsOf = async (ref: NamespacedRef) =>
      (await usersOf(store, cluster, ref)).map(({ accessKeyId }) => accessKeyId).sort();
    const remove = async (ref: NamespacedRef) => {
      await bed.api.delete(ref);
      await bed.api.waitGone(ref, { timeoutMs: 90_000 });
      expect(await idsOf(ref)).toEqual([]);
    };
    const publishedPair = async (ref: NamespacedRef) =>
      (await bed.api.get(secretOf(ref))) && readPair(bed, secretOf(ref));

    /** Holds the answer to the `n`th write about the key, and all that comes after it. */
    function holdAt(n: number) {
      const done = Promise.withResolvers<string>();
      const released = Promise.withResolvers<undefined>();
      let seen = 0;
      const take = async (what: string) => {
        seen += 1;
        if (seen < n) return undefined;
        if (seen > n) return released.promise.then(() => ({ do: 'reset' }) as const);
        return {
          do: 'holdAnswer',
          until: released.promise,
          answered: () => done.resolve(`${n}: ${what}`),
        } as const;
      };
      const isOfKey = ({ path }: ProxyRequest) =>
        /\/namespaces\/([^/]+)\/(?:accesskeys|secrets)\b/.exec(path)?.[1] === namespace;
      api.onRequest((one) => (isWrite(one) && isOfKey(one) ? take(`${one.method} ${one.path}`) : undefined));
      proxy.onRequest((one) => (isWrite(one) ? take(one.form?.get('Action') ?? one.path) : undefined));
      const release = () => {
        for (const one of [api, proxy]) one.onRequest(undefined);
        released.resolve(undefined);
      };
      return { done: done.promise, release };
    }

    let operator = await start();
    await storeReady(bed, storeRef(name));
    // The first key also asks what later ones know: which calls the store has, and who is there.
    const warm = await make();
    await ready(bed, warm);
    for (const [work, { least, begin }] of Object.entries(WORK)) {
      let died = 0;
      for (let n = 1; ; n += 1) {
        const before = work === 'creation' ? undefined : await make();
        if (before) await ready(bed, before);
        const old = before && (await readPair(bed, secretOf(before)));
        const held = holdAt(n);
        const ref = before ?? (await make());
        await begin(ref);
        const whole = ready(bed, ref, { timeoutMs: 60_000 }).then(() => undefined);
        // Awaited here alone: the key may become ready only by the next operator.
        whole.catch(() => {});
        const place = await Promise.race([held.done, whole]);
        if (place === undefined) {
          held.release();
          await remove(ref);
          break;
        }
        died += 1;
        await operator.kill('SIGKILL');
        const atKill = await publishedPair(ref);
        held.release();
        operator = await start();
        await ready(bed, ref, { timeoutMs: 60_000 });
        const pair = await readPair(bed, secretOf(ref));
        expect(await read(pair), `died at ${place}`).toBe('ok');
        if (atKill && atKill.accessKeyId !== old?.accessKeyId) {
          expect(samePair(pair, atKill), `died at ${place}`).toBe(true);
        }
        if (old) expect([await read(old), pair.accessKeyId !== old.accessKeyId], place).toEqual(['ok', true]);
        const ids = [pair, ...(old ? [old] : [])].map(({ accessKeyId }) => accessKeyId).sort();
        await expect.poll(() => idsOf(ref), { message: `died at ${place}`, timeout: 20_000 }).toEqual(ids);
        await remove(ref);
      }
      expect(died, work).toBeGreaterThanOrEqual(least);
    }
    await remove(warm);
    await operator.kill();
    await bed.api.delete(storeRef(name));
    await store.admin.close();
    await Promise.all([api.close(), proxy.close()]);
  });
});
