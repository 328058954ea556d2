/** The API server refuses the Secret, however often it is tried: one user at most is left that nobody has the pair of (rule 16). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Operator } from '../../bed/operator.ts';
import {
  edit,
  fixtures,
  type NamespacedRef,
  readPair,
  ready,
  reason,
  samePair,
  secretOf,
  until,
  usersOf,
} from '../support/fixtures.ts';
import { type Proxied, proxied } from '../support/proxied.ts';
import { webhookAway } from '../support/refusals.ts';
import { IMPATIENT } from '../support/timings.ts';

const publication = await fixtures('publication', IMPATIENT);
const { bed, cluster } = publication;
let behind: Proxied;
let operator: Operator;

beforeAll(async () => {
  behind = await proxied(publication);
  operator = await behind.operator();
});
afterAll(async () => {
  await publication.end();
  await behind.close();
});

/** Watches the users of a key for that time, in which the operator tries several times. @returns the most at once */
async function mostUsers(ref: NamespacedRef, ms: number): Promise<number> {
  let most = 0;
  for (const end = Date.now() + ms; Date.now() < end; await sleep(250)) {
    most = Math.max(most, (await usersOf(behind.store, cluster, ref)).length);
  }
  return most;
}

async function restart(): Promise<void> {
  await operator.kill();
  operator = await behind.operator();
}

test('no retry and no restart leaves another user while a webhook is away for new Secrets', async () => {
  const namespace = await publication.namespace();
  const refusal = await webhookAway(bed, namespace, { verbs: ['CREATE'] });
  const ref = await publication.accessKey(namespace, behind.store);
  expect(await mostUsers(ref, 5_000)).toBeLessThanOrEqual(1);
  expect((await reason(bed, ref, 'SecretRejected')).message).toContain(refusal.name);
  await restart();
  expect(await mostUsers(ref, 4_000)).toBeLessThanOrEqual(1);
  // Nothing touches the store until a dry run passes.
  await until('no user', async () => (await usersOf(behind.store, cluster, ref)).length === 0);
  await refusal.end();
  await ready(bed, ref, { timeoutMs: 90_000 });
  expect(await usersOf(behind.store, cluster, ref)).toHaveLength(1);
});

test('a rotation leaves the pair in force and one other user at most while a webhook is away for changed Secrets', async () => {
  const namespace = await publication.namespace();
  const ref = await publication.accessKey(namespace, behind.store);
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  const refusal = await webhookAway(bed, namespace, { verbs: ['UPDATE'] });
  await edit(bed, ref, { keyGeneration: 2 });
  expect(await mostUsers(ref, 5_000)).toBeLessThanOrEqual(2);
  await restart();
  expect(await mostUsers(ref, 4_000)).toBeLessThanOrEqual(2);
  expect((await behind.store.admin.probe(pair)).kind).toBe('works');
  await refusal.end();
  await ready(bed, ref, { timeoutMs: 90_000 });
  expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(false);
  expect(await usersOf(behind.store, cluster, ref)).toHaveLength(2);
});

test('the next try takes the same pair after the API server has timed out, so that nobody knows', async () => {
  const namespace = await publication.namespace();
  let refused = 0;
  behind.api.onRequest(async ({ method, path }) => {
    if (method !== 'POST' || !path.includes(`/namespaces/${namespace}/secrets`)) return undefined;
    refused += 1;
    return {
      do: 'answer',
      status: 504,
      body: '{"kind":"Status","apiVersion":"v1","status":"Failure","code":504}',
    };
  });
  const ref = await publication.accessKey(namespace, behind.store);
  expect(await mostUsers(ref, 5_000)).toBe(1);
  expect(refused).toBeGreaterThan(2);
  const [user] = await usersOf(behind.store, cluster, ref);
  behind.api.onRequest(undefined);
  await ready(bed, ref, { timeoutMs: 60_000 });
  expect((await readPair(bed, secretOf(ref))).accessKeyId).toBe(user?.accessKeyId);
  expect(await usersOf(behind.store, cluster, ref)).toHaveLength(1);
});
