/**
 * Stores that hang never slow the keys of another store, even if more keys wait than the operator reconciles at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Minio } from '../../bed/minio.ts';
import { edit, fixtures, type NamespacedRef, ready, type TestStore, until } from '../support/fixtures.ts';
import { watchPairs } from '../support/pair-watcher.ts';
import { type Rules, rulesFor } from '../support/rules.ts';
import { withTimings } from '../support/timings.ts';

const CONCURRENCY = 4;
const WAITING = 20;
const OTHERS = 12;

const frozen = await fixtures('frozen', withTimings({ storeTimeoutMs: 600_000 }));
const { bed } = frozen;
const minios: Minio[] = [];
let stores: TestStore[] = [];
let well: TestStore;
let namespace = '';
let elsewhere = '';
let rules: Rules;

beforeAll(async () => {
  minios.push(...(await Promise.all([bed.startMinio(), bed.startMinio()])));
  stores = await Promise.all(minios.map((minio) => frozen.store({ minio })));
  well = await frozen.store();
  [namespace, elsewhere] = await Promise.all([frozen.namespace(), frozen.namespace()]);
  const watchers = [await watchPairs(bed, bed.minio, elsewhere, { everyMs: 200 })];
  rules = await rulesFor(frozen, { stores: [...stores, well], namespaces: [namespace, elsewhere], watchers });
  await frozen.operator({ args: [`--concurrency=${CONCURRENCY}`] });
});
afterAll(async () => {
  await Promise.all(minios.map((minio) => minio.resume()));
  await frozen.end();
});

const spec = { limited: true };

/** Makes keys one after the other, each once the one before is Ready. @returns how long each took, in ms */
async function issueInTurn(count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const startedAt = performance.now();
    await ready(bed, await frozen.accessKey(elsewhere, well, spec));
    times.push(Math.round(performance.now() - startedAt));
  }
  return times;
}

test('keys of a store that answers are issued as before while all that may be worked on at once of others hang', async () => {
  const old = await Promise.all(
    stores.flatMap((store) => [1, 2].map(() => frozen.accessKey(namespace, store, spec))),
  );
  await Promise.all(old.map((ref) => ready(bed, ref)));
  const before = await issueInTurn(OTHERS);

  await Promise.all(minios.map((minio) => minio.pause()));
  const waiting: NamespacedRef[] = (
    await Promise.all(
      stores.flatMap((store) =>
        Array.from({ length: WAITING }, () => frozen.accessKey(namespace, store, spec)),
      ),
    )
  ).flat();
  await Promise.all(old.slice(0, 2).map((ref) => edit(bed, ref, { label: 'edited' })));
  // Until they hang: the finalizer is what each begins with.
  await until('under way', async () => {
    const keys = await Promise.all(waiting.map((ref) => bed.api.get(ref)));
    return keys.filter((key) => key?.metadata.finalizers).length >= 2 * CONCURRENCY;
  });
  await sleep(200);
  // One that waited for a request that hangs would be given up before.
  const during = await issueInTurn(OTHERS);

  console.log(`ms to Ready before: ${before.join(' ')}; while two stores are frozen: ${during.join(' ')}`);
  const issued = await Promise.all(waiting.map((ref) => bed.api.get(ref)));
  expect(issued.filter((key) => key?.status?.['accessKeyId'] !== undefined)).toEqual([]);

  await Promise.all(minios.map((minio) => minio.resume()));
  await Promise.all([...waiting, ...old].map((ref) => ready(bed, ref, { timeoutMs: 60_000 })));
  await rules.hold();
});
