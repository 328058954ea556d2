/** A store whose credentials are replaced during a sweep: the sweep's end doesn't count for the new ones. */
import { afterAll, test } from 'vitest';
import { startProxy } from '../../bed/proxy.ts';
import {
  credentialsData,
  expectRevoked,
  fixtures,
  limitedKey,
  policyOf,
  ready,
  storeReady,
  until,
} from '../support/fixtures.ts';
import { newPair } from '../support/minio-server.ts';

const replaced = await fixtures('replaced');
const { bed, cluster } = replaced;
const proxy = await startProxy(bed.minio.endpoint);
afterAll(async () => {
  await replaced.end();
  await proxy.close();
});

/** Requests of that call wait from now on, until they are let go. */
function hold(call: string) {
  const gate = Promise.withResolvers<void>();
  let held = 0;
  return {
    take: async (path: string) => {
      if (!path.includes(call)) return;
      held += 1;
      await gate.promise;
    },
    isHeld: async () => held > 0,
    letGo: gate.resolve,
  };
}

test('a key can be deleted at once', async () => {
  const sweep = hold('/list-users');
  let check: ReturnType<typeof hold> | undefined;
  proxy.onRequest(async ({ path }) => {
    await Promise.all([sweep.take(path), check?.take(path)]);
    return undefined;
  });
  const operator = await replaced.operator();
  const store = await replaced.store({ endpoint: proxy.url });
  await storeReady(bed, store.ref);
  const ref = await replaced.accessKey(
    await replaced.namespace(),
    store,
    limitedKey({ photos: 'read_only' }),
  );
  const { accessKeyId = '' } = (await ready(bed, ref)).status;
  await until('the sweep is held', sweep.isHeld);

  const other = newPair();
  await store.admin.putUser(other);
  await store.admin.setUserPolicies(other.accessKeyId, ['consoleAdmin']);
  check = hold('/info-canned-policy?name=accesskeys.check');
  await bed.api.patch(store.credentials, { stringData: credentialsData(other) });
  await until('the check of the other credentials is held', check.isHeld);
  const sweeps = () =>
    operator.lines.filter(({ name, msg }) => name === store.name && msg === 'swept the store');
  sweep.letGo();
  await until('swept with the first credentials', async () => sweeps().length === 1);
  check.letGo();
  await until('swept with the other credentials', async () => sweeps().length === 2);
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  await expectRevoked(store, policyOf(cluster, ref), [accessKeyId]);
});
