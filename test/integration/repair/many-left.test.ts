/** More users of a key than the operator remembers are in the store, attached to nothing: none outlives the key. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPair } from '../../../src/ownership/new-pair.ts';
import { eachLimited } from '../../../src/runtime/each-limited.ts';
import { fixtures, policyOf, ready, storeReady, type TestStore, usersOf } from '../support/fixtures.ts';

/** The operator remembers 1,000 of a key. */
const LEFT = 1_100;

const many = await fixtures('many-left');
const { bed, cluster } = many;
let store: TestStore;

beforeAll(async () => {
  store = await many.store();
  await many.operator();
  await storeReady(bed, store.ref);
});
afterAll(() => many.end());

test('a deletion goes on in batches until a list shows none of them', async () => {
  const ref = await many.accessKey(await many.namespace(), store, { limited: true });
  await ready(bed, ref);
  const policy = policyOf(cluster, ref);
  const pairs = Array.from({ length: LEFT }, () => newPair(policy, randomBytes));
  await eachLimited(pairs, 16, async (pair) => {
    await store.admin.putUser(pair);
  });
  expect((await usersOf(store, cluster, ref)).length).toBe(LEFT + 1);
  // One that begins now finds them all, and goes on with them before the key is deleted.
  await many.restart();
  await bed.api.delete(ref);
  await bed.api.waitGone(ref, { timeoutMs: 240_000 });
  expect(await usersOf(store, cluster, ref)).toEqual([]);
}, 300_000);
