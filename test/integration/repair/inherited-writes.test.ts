/** A write to the store that the operator sent before it was killed, and that takes effect after the next one has listed the users. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operator } from '../../bed/operator.ts';
import { fixtures, type NamespacedRef, ready, secretOf, swept, until, usersOf } from '../support/fixtures.ts';
import { type DelayCall, delayCalls } from '../support/late-calls.ts';
import { type Proxied, proxied } from '../support/proxied.ts';
import { accessKeyRef } from '../support/refs.ts';
import { IMPATIENT } from '../support/timings.ts';

const inherited = await fixtures('inherited', IMPATIENT);
const { bed, cluster } = inherited;
/** Within which the operator lists the users again, and more. */
const WITHIN_MS = 60_000;

let behind: Proxied;
let namespace = '';
let running: Operator | undefined;
let late: DelayCall;

beforeAll(async () => {
  behind = await proxied(inherited);
  namespace = await inherited.namespace();
  late = delayCalls(behind.s3, cluster);
});
afterAll(async () => {
  await inherited.end();
  await behind.close();
});

interface Scene {
  /** Runs before the next write of the key's user is held. */
  readonly before?: () => Promise<unknown>;
  /** Has the operator make a user. */
  readonly begin: () => Promise<unknown>;
  /** Runs while there is no operator. */
  readonly meanwhile?: () => Promise<unknown>;
}

/** Kills the operator that runs, and starts the next one, which lists the store's users. */
async function nextOperator(): Promise<Operator> {
  await running?.kill('SIGKILL');
  running = await behind.operator();
  await swept(running, behind.store.name);
  return running;
}

/**
 * Kills an operator whose write of that key's user the proxy holds, and starts the next one, which lists the store's
 * users without it.
 */
async function inherit(
  ref: NamespacedRef,
  { before, begin, meanwhile }: Scene,
): Promise<ReturnType<DelayCall>> {
  const first = await nextOperator();
  await before?.();
  const write = late(ref, 'add-user');
  await begin();
  await write.held;
  await first.kill('SIGKILL');
  await meanwhile?.();
  await nextOperator();
  return write;
}

const idsOf = async (ref: NamespacedRef) =>
  (await usersOf(behind.store, cluster, ref)).map(({ accessKeyId }) => accessKeyId);

const create = (ref: NamespacedRef) => inherited.accessKey(namespace, behind.store, {}, ref.metadata.name);

test('a new key that was deleted meanwhile leaves no user, though the operator before had asked for one', async () => {
  const ref = accessKeyRef(namespace, 'deleted');
  const { deliver } = await inherit(ref, {
    begin: () => create(ref),
    meanwhile: () => bed.api.delete(ref),
  });
  expect(await deliver()).toBe(200);
  await bed.api.waitGone(ref, { timeoutMs: WITHIN_MS });
  expect(await idsOf(ref)).toEqual([]);
});

test('a key whose lost Secret was being replaced leaves no user if it is deleted meanwhile', async () => {
  const ref = accessKeyRef(namespace, 'replaced');
  const { deliver } = await inherit(ref, {
    before: async () => {
      await create(ref);
      await ready(bed, ref);
    },
    begin: () => bed.api.delete(secretOf(ref)),
    meanwhile: () => bed.api.delete(ref),
  });
  expect(await deliver()).toBe(200);
  await bed.api.waitGone(ref, { timeoutMs: WITHIN_MS });
  expect(await idsOf(ref)).toEqual([]);
});

test('a key that lives has its own user alone within a minute, though the operator before had asked for another', async () => {
  const ref = accessKeyRef(namespace, 'living');
  const { deliver } = await inherit(ref, { begin: () => create(ref) });
  const { status } = await ready(bed, ref);
  expect(await deliver()).toBe(200);
  expect(await idsOf(ref)).toHaveLength(2);
  await until('one user', async () => (await idsOf(ref)).length === 1, WITHIN_MS);
  expect(await idsOf(ref)).toEqual([status.accessKeyId]);
});

test('the deletion of a key at rest waits for no second list', async () => {
  const ref = await inherited.accessKey(namespace, behind.store);
  await nextOperator();
  await ready(bed, ref);
  await nextOperator();
  behind.steps.length = 0;
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  expect(behind.steps.filter((step) => step.includes('list-users'))).toEqual([]);
});
