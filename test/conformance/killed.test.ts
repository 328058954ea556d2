/** The operator dies at each of the requests that make a key, and the next one leaves exactly one working user. */
import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { type FaultProxy, startProxy } from '../bed/proxy.ts';
import {
  fixtures,
  type NamespacedRef,
  policyOf,
  readHello,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  secretOf,
  storeReady,
  storeRef,
} from '../integration/support/fixtures.ts';
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

describeStores(STORES, (kind) => {
  test('one user that works, wherever the operator dies', { timeout: 600_000 }, async () => {
    const store = await kind.start(bed, cluster);
    const proxy = await startProxy(store.usersEndpoint);
    const namespace = await killed.namespace();
    const root = s3Client(store, store.root);
    const bucket = `killed-${randomBytes(4).toString('hex')}`;
    await root.makeBucket(bucket);
    await root.putObject(bucket, 'hello', 'hello');
    const name = await makeStore(store, proxy, namespace);
    const spec = {
      limited: true,
      bucketAccess: [{ bucketName: bucket, permissions: 'read_only' as const }],
    };
    const usersOf = async (ref: NamespacedRef) =>
      [...(await store.admin.listUsers()).values()].filter(({ policies }) =>
        policies.includes(policyOf(cluster, ref)),
      );
    const remove = async (ref: NamespacedRef) => {
      await bed.api.delete(ref);
      await bed.api.waitGone(ref, { timeoutMs: 90_000 });
      expect(await usersOf(ref)).toEqual([]);
    };

    let operator = await killed.operator();
    await storeReady(bed, storeRef(name));
    // The first key also asks what later ones know: which calls the store has, and who is there.
    const warm = await killed.accessKey(namespace, name, spec);
    await ready(bed, warm);
    let died = 0;
    for (let n = 1; ; n += 1) {
      const answered = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      let seen = 0;
      proxy.onRequest(() => {
        seen += 1;
        if (seen !== n) return undefined;
        return { do: 'holdAnswer', until: released.promise, answered: answered.resolve };
      });
      const ref = await killed.accessKey(namespace, name, spec);
      const whole = ready(bed, ref).then(() => 'whole' as const);
      // Awaited here alone: the key may become ready only by the next operator.
      whole.catch(() => {});
      const end = await Promise.race([answered.promise.then(() => 'held' as const), whole]);
      if (end === 'whole') {
        proxy.onRequest(undefined);
        await remove(ref);
        break;
      }
      died += 1;
      await operator.kill('SIGKILL');
      proxy.onRequest(undefined);
      released.resolve();
      operator = await killed.operator();
      await ready(bed, ref, { timeoutMs: 60_000 });
      const pair = await readPair(bed, secretOf(ref));
      expect(await s3Outcome(readHello(s3Client(store, pair), bucket)), `died at request ${n}`).toBe('ok');
      expect(
        (await usersOf(ref)).map(({ accessKeyId }) => accessKeyId),
        `died at request ${n}`,
      ).toEqual([pair.accessKeyId]);
      await remove(ref);
    }
    // A key takes four requests at least: to find, to make, to attach, to prove.
    expect(died).toBeGreaterThan(3);
    await remove(warm);
    await operator.kill();
    await bed.api.delete(storeRef(name));
    await store.admin.close();
    await proxy.close();
  });
});
