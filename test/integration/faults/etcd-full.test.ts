/**
 * etcd takes no more writes, as behind its quota: what has ended is revoked, and all goes on when the alarm is cleared.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operator } from '../../bed/operator.ts';
import {
  fixtures,
  limitedKey,
  policyOf,
  readPair,
  ready,
  reason,
  secretOf,
  until,
  usersOf,
} from '../support/fixtures.ts';
import { type Proxied, proxied } from '../support/proxied.ts';
import { type Replicas, replicasOf } from '../support/replicas.ts';
import { IMPATIENT } from '../support/timings.ts';

const full = await fixtures('full', IMPATIENT);
const { bed, cluster } = full;
let behind: Proxied;
let operator: Operator;
let replicas: Replicas | undefined;

beforeAll(async () => {
  behind = await proxied(full);
  operator = await behind.operator();
});
afterAll(async () => {
  await alarm('DEACTIVATE');
  await full.end();
  await Promise.all([behind.close(), replicas?.close()]);
});

/** The alarm that etcd raises once its quota is used up. It then refuses every put. */
async function alarm(action: 'ACTIVATE' | 'DEACTIVATE'): Promise<void> {
  const body = JSON.stringify({ action, memberID: 0, alarm: 'NOSPACE' });
  const { ok } = await fetch(`${bed.etcd}/v3/maintenance/alarm`, { method: 'POST', body });
  expect(ok).toBe(true);
}

test('while etcd is full, keys that end are refused by the store, and all heals when its alarm is cleared', async () => {
  const namespace = await full.namespace();
  const key = (spec: object = {}) =>
    full.accessKey(namespace, behind.store, { ...limitedKey({ photos: 'read_only' }), ...spec });
  const expiresAt = new Date(Date.now() + 20_000).toISOString();
  const [kept, expiring, deleted] = [await key(), await key({ expiresAt }), await key()];
  await Promise.all([kept, expiring, deleted].map((ref) => ready(bed, ref)));
  const [pairOfKept, pairOfExpiring, pairOfDeleted] = await Promise.all(
    [kept, expiring, deleted].map((ref) => readPair(bed, secretOf(ref))),
  );
  if (!pairOfKept || !pairOfExpiring || !pairOfDeleted) throw new Error('a pair is missing');
  const answer = async (pair: typeof pairOfKept) => (await behind.store.admin.probe(pair)).kind;

  // A deletion and a creation that the store holds until etcd is full.
  const reached = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const release = Promise.withResolvers<void>();
  behind.s3.onRequest(async ({ path }) => {
    const isDeletion = path.includes(`/remove-user?accessKey=${pairOfDeleted.accessKeyId}`);
    if (!isDeletion && !path.includes('/add-user?')) return undefined;
    reached[isDeletion ? 0 : 1].resolve();
    await release.promise;
    return undefined;
  });
  await bed.api.delete(deleted);
  const late = await key();
  await Promise.all(reached.map(({ promise }) => promise));
  await alarm('ACTIVATE');
  await expect(bed.api.patch(kept, { metadata: { labels: { a: 'b' } } })).rejects.toThrow('space exceeded');
  release.resolve();

  await until('the deleted key is refused', async () => (await answer(pairOfDeleted)) === 'unknown');
  await until('the expired key is refused', async () => (await answer(pairOfExpiring)) === 'unknown');
  // No object can say so: a status and an Event are writes, too.
  await until('the log says why', async () =>
    operator.lines.some((line) => JSON.stringify(line).includes('database space exceeded')),
  );
  expect(await answer(pairOfKept)).toBe('works');
  expect((await usersOf(behind.store, cluster, late)).length).toBeLessThanOrEqual(1);

  await alarm('DEACTIVATE');
  await reason(bed, expiring, 'Expired', { timeoutMs: 60_000 });
  await bed.api.waitGone(deleted, { timeoutMs: 60_000 });
  expect(await behind.store.admin.getPolicy(policyOf(cluster, deleted))).toBeUndefined();
  await ready(bed, late, { timeoutMs: 60_000 });
  expect((await usersOf(behind.store, cluster, late)).length).toBe(1);
  expect(await answer(pairOfKept)).toBe('works');
});

test('with leader election no replica leads or revokes while etcd is full, and one does when its alarm is cleared', async () => {
  await operator.kill();
  replicas = await replicasOf(full);
  await replicas.start();
  const first = await replicas.leader();
  const second = await replicas.start();
  await second.operator.ready;
  const namespace = await full.namespace();
  const expiresAt = new Date(Date.now() + 12_000).toISOString();
  const expiring = await full.accessKey(namespace, behind.store, {
    ...limitedKey({ photos: 'read_only' }),
    expiresAt,
  });
  await ready(bed, expiring);
  const pair = await readPair(bed, secretOf(expiring));
  if (!pair) throw new Error('the pair is missing');

  await alarm('ACTIVATE');
  expect((await first.operator.exited).code).toBe(1);
  await until('the other replica says why', async () =>
    second.operator.lines.some((line) => JSON.stringify(line).includes('database space exceeded')),
  );
  await sleep(Math.max(0, Date.parse(expiresAt) - Date.now()) + 3_000);
  expect((await behind.store.admin.probe(pair)).kind).toBe('works');

  await alarm('DEACTIVATE');
  await until('the expired key is refused', async () => {
    const { kind } = await behind.store.admin.probe(pair);
    return kind === 'unknown';
  });
  expect(await replicas.leader(first)).toBe(second);
});
