/** Another controller writes its own value into the Secret each time it changes: the operator slows down and says who it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  fixtures,
  readPair,
  ready,
  reason,
  samePair,
  secretOf,
  type TestStore,
  until,
  usersOf,
} from '../support/fixtures.ts';

const overwritten = await fixtures('overwritten');
const { bed, cluster } = overwritten;
let store: TestStore;

beforeAll(async () => {
  store = await overwritten.store();
  await overwritten.operator();
});
afterAll(() => overwritten.end());

/** For how long the other controller goes on. */
const STORM_MS = 15_000;

test('a Secret that somebody overwrites again and again gets one new pair, the pair in its grace lives, and a Warning names the writer', async () => {
  const namespace = await overwritten.namespace();
  const ref = await overwritten.accessKey(namespace, store);
  await ready(bed, ref);
  const secret = secretOf(ref);
  const pair = await readPair(bed, secret);
  const stale = { AWS_SECRET_ACCESS_KEY: Buffer.from('x'.repeat(40)).toString('base64') };
  const end = Date.now() + STORM_MS;
  while (Date.now() < end) {
    const { data } = (await bed.api.get(secret)) ?? {};
    if (data?.['AWS_SECRET_ACCESS_KEY'] !== stale.AWS_SECRET_ACCESS_KEY)
      await bed.api.patch(secret, { data: stale });
    await sleep(50);
  }
  const { message } = await reason(bed, ref, 'SecretConflict');
  expect(message).toMatch(/overwritten again by field manager \S+/);
  expect(await usersOf(store, cluster, ref)).toHaveLength(2);
  expect((await store.admin.probe(pair)).kind).toBe('works');
  const events = await bed.api.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace });
  const reissued = events.filter((event) => (event as { reason?: string }).reason === 'Reissued');
  expect(reissued.length).toBeLessThanOrEqual(1);
});

test('a Secret that somebody removes again and again comes back, and ends no pair in its grace', async () => {
  const namespace = await overwritten.namespace();
  const ref = await overwritten.accessKey(namespace, store);
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  await bed.api.delete(secretOf(ref));
  await until('a new pair', async () => {
    const now = (await bed.api.exists(secretOf(ref))) && (await readPair(bed, secretOf(ref)));
    return now !== false && !samePair(now, pair);
  });
  const end = Date.now() + STORM_MS;
  while (Date.now() < end) {
    if (await bed.api.exists(secretOf(ref))) await bed.api.delete(secretOf(ref));
    await sleep(50);
  }
  expect((await usersOf(store, cluster, ref)).length).toBeLessThanOrEqual(4);
  expect((await store.admin.probe(pair)).kind).toBe('works');
  await ready(bed, ref, { timeoutMs: 90_000 });
});
