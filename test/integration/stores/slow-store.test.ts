/**
 * A store that answers reads at once and takes long for each write, as one of several nodes does while one of them
 * hangs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { type FaultProxy, startProxy } from '../../bed/proxy.ts';
import { fixtures, ready, storeReady } from '../support/fixtures.ts';
import { watchPairs } from '../support/pair-watcher.ts';
import { withTimings } from '../support/timings.ts';

/** The operator's first timeout for a store: a fifth of the usual one. */
const TIMEOUT_MS = 3_000;
/** The time of each write. */
const WRITE_MS = 4_000;
/** Policy, user, attachment: the writes of one key, one after the other. */
const WRITES = 3;
const KEYS = 20;

const slow = await fixtures(
  'slow-store',
  withTimings({ storeTimeoutMs: TIMEOUT_MS, retryBaseMs: 100, lateWritesMs: 6_000 }),
);
const { bed } = slow;
let proxy: FaultProxy;
afterAll(async () => {
  proxy?.onRequest(undefined);
  await slow.end();
  await proxy?.close();
});

test('keys of a store with slow writes are issued in little more than the store needs, each with one user', async () => {
  proxy = await startProxy(bed.minio.endpoint);
  const users = new Set<string>();
  proxy.onRequest(async ({ method, path }) => {
    const id = /add-user\?accessKey=(\w+)/.exec(path)?.[1];
    if (id !== undefined) users.add(id);
    if (method !== 'GET') await sleep(WRITE_MS);
    return undefined;
  });
  const store = await slow.store({ endpoint: proxy.url });
  await slow.operator();
  await storeReady(bed, store.ref);
  const namespace = await slow.namespace();
  const pairs = await watchPairs(bed, bed.minio, namespace);
  const startedAt = performance.now();
  const refs = await Promise.all(
    Array.from({ length: KEYS }, () => slow.accessKey(namespace, store, { limited: true })),
  );
  const keys = await Promise.all(refs.map((ref) => ready(bed, ref, { timeoutMs: 5 * WRITES * WRITE_MS })));
  const tookMs = performance.now() - startedAt;
  console.log(`${KEYS} keys in ${Math.round(tookMs / 1000)} s, writes of ${WRITE_MS / 1000} s`);
  // Nothing was begun anew: the pair of the first try is the one that is published.
  expect([...users].toSorted()).toEqual(keys.map(({ status }) => status.accessKeyId).toSorted());
  await Promise.all(keys.map(({ status }) => pairs.used(status.accessKeyId ?? '')));
  expect([...pairs.outcomes.values()]).toEqual(keys.map(() => 'ok'));
  await pairs.stop();
  // What was learned is forgotten when the store is well again.
  proxy.onRequest(undefined);
}, 200_000);
