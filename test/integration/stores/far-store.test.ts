/** The number of concurrent keys of a store: the operator makes up for the store's distance, not for its own work. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { type FaultProxy, startProxy } from '../../bed/proxy.ts';
import { fixtures, ready, storeReady } from '../support/fixtures.ts';
import { s3Step } from '../support/proxied.ts';

const KEYS = 120;
/** The limit with which an operator begins, and the highest that it may reach. */
const [LEAST, MOST] = [16, 64];
const AWAY_MS = 100;

const stores = await fixtures('far-store');
const { bed } = stores;
const proxies: FaultProxy[] = [];
afterAll(async () => {
  await stores.end();
  await Promise.all(proxies.map((proxy) => proxy.close()));
});

/** A store behind a proxy. `most` is the highest number of concurrent requests about keys. */
async function storeAt(awayMs: number) {
  const proxy = await startProxy(bed.minio.endpoint);
  proxies.push(proxy);
  const seen = { most: 0 };
  proxy.onRequest(async () => {
    const underWay = proxy.requests.filter((one) => one.status === undefined && s3Step(one) !== undefined);
    seen.most = Math.max(seen.most, underWay.length);
    if (awayMs > 0) await sleep(awayMs);
    return undefined;
  });
  return { store: await stores.store({ endpoint: proxy.url }), seen };
}

test('more keys of a distant store than of a near one are reconciled at the same time', async () => {
  const near = await storeAt(0);
  const far = await storeAt(AWAY_MS);
  await stores.operator();
  const namespace = await stores.namespace();
  for (const { store } of [near, far]) await storeReady({ api: bed.api }, store.ref);
  for (const { store } of [near, far]) {
    const refs = await Promise.all(Array.from({ length: KEYS }, () => stores.accessKey(namespace, store)));
    for (const ref of refs) await ready({ api: bed.api }, ref, { timeoutMs: 60_000 });
  }
  expect(near.seen.most).toBeGreaterThan(1);
  expect(near.seen.most).toBeLessThanOrEqual(LEAST);
  expect(far.seen.most).toBeGreaterThan(LEAST);
  expect(far.seen.most).toBeLessThanOrEqual(MOST);
}, 120_000);
