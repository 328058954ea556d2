/** What somebody changed in a status or in the store is put right, and a repair never makes it worse (DESIGN 3, rules 2, 3 and 8). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Pair } from '../../../src/provider/provider.ts';
import {
  expectRevoked,
  fixtures,
  limitedKey,
  makeBucket,
  type NamespacedRef,
  policyOf,
  readHello,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  type TestStore,
  touch,
} from '../support/fixtures.ts';
import { type Rules, rulesFor } from '../support/rules.ts';

const drift = await fixtures('drift');
const { bed, cluster } = drift;
afterAll(drift.end);

let namespace = '';
let store: TestStore;
let bucket = '';
let rules: Rules;

const start = () => drift.restart({ args: ['--policy-check-interval=1s'] });

beforeAll(async () => {
  store = await drift.store();
  [namespace, bucket] = await Promise.all([drift.namespace(), makeBucket(store, 'repair')]);
  rules = await rulesFor(drift, { stores: [store], namespaces: [namespace] });
  await start();
});
afterEach(() => rules.hold());

interface Made {
  readonly ref: NamespacedRef;
  readonly pair: Pair;
  readonly policy: string;
}

async function key(): Promise<Made> {
  const ref = await drift.accessKey(namespace, store, limitedKey({ [bucket]: 'read_only' }));
  await ready(bed, ref);
  return { ref, pair: await readPair(bed, secretOf(ref)), policy: policyOf(cluster, ref) };
}

/** What comes of reading the bucket with the pair. */
function read(pair: Pair): Promise<string> {
  return s3Outcome(readHello(s3Client(store.minio, pair), bucket));
}

describe('a status that was wiped', () => {
  const wipe = (ref: NamespacedRef) =>
    bed.api.patch(ref, [{ op: 'replace', path: '/status', value: { observedGeneration: -1 } }], {
      subresource: 'status',
    });

  test('is written again, and the pair stays', async () => {
    const made = await key();
    const before = await ready(bed, made.ref);
    await wipe(made.ref);
    const { conditions: _, ...after } = (await ready(bed, made.ref)).status;
    const { conditions: __, ...wanted } = before.status;
    expect(after).toEqual(wanted);
    expect(samePair(await readPair(bed, secretOf(made.ref)), made.pair)).toBe(true);
    expect(await read(made.pair)).toBe('ok');
  });

  test('while the user is missing too leads to a new pair: nothing proves the old one any more', async () => {
    const made = await key();
    const { kill } = await start();
    await kill();
    await store.admin.removeUser(made.pair.accessKeyId);
    await wipe(made.ref);
    await start();
    await expect
      .poll(async () => samePair(await readPair(bed, secretOf(made.ref)), made.pair), { timeout: 15_000 })
      .toBe(false);
    const { status } = await ready(bed, made.ref);
    const now = await readPair(bed, secretOf(made.ref));
    expect(now.accessKeyId).toBe(status.accessKeyId);
    expect(await read(now)).toBe('ok');
    expect(await read(made.pair)).toBe('InvalidAccessKeyId');
  });
});

describe('in the store', () => {
  test.each([
    ['a user that was removed', (id: string) => store.admin.removeUser(id)],
    ['a user that lost its policy', (id: string) => store.admin.setUserPolicies(id, [])],
    [
      'a user that was removed with its policy',
      async (id: string, policy: string) => {
        await store.admin.removeUser(id);
        await store.admin.removePolicy(policy);
      },
    ],
  ])('%s is found by the sweep and works again with the same pair', async (_, harm) => {
    const made = await key();
    const { kill } = await start();
    await kill();
    await harm(made.pair.accessKeyId, made.policy);
    expect(await read(made.pair)).not.toBe('ok');
    await start();
    await expect.poll(() => read(made.pair), { timeout: 15_000 }).toBe('ok');
    const { status } = await ready(bed, made.ref);
    expect([status.accessKeyId, status.previousKeys]).toEqual([made.pair.accessKeyId, []]);
  });

  test('a user that somebody disabled stays disabled and is reported, until it is enabled there', async () => {
    const made = await key();
    const { accessKeyId } = made.pair;
    await store.admin.setUserEnabled(accessKeyId, false);
    await start();
    const { message } = await reason(bed, made.ref, 'DisabledInStore');
    expect(message).toContain(accessKeyId);
    // Nor does an edit or a repair of the Secret enable it.
    await bed.api.patch(made.ref, { spec: { label: 'edited' } });
    await bed.api.patch(secretOf(made.ref), { metadata: { ownerReferences: null } });
    await reason(bed, made.ref, 'DisabledInStore');
    expect((await store.admin.getPolicy(made.policy))?.id).toMatch(/edited$/);
    expect((await store.admin.getUser(accessKeyId))?.enabled).toBe(false);
    await store.admin.setUserEnabled(accessKeyId, true);
    await touch(bed, made.ref);
    expect((await ready(bed, made.ref)).status.accessKeyId).toBe(accessKeyId);
    expect(await read(made.pair)).toBe('ok');
  });

  test('a policy that somebody edited is written again', async () => {
    const made = await key();
    const { id = '' } = (await store.admin.getPolicy(made.policy)) ?? {};
    const client = s3Client(store.minio, made.pair);
    await store.admin.putPolicy(made.policy, {
      ID: id,
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] }],
    });
    expect(await s3Outcome(client.putObject(bucket, 'widened', 'content'))).toBe('ok');
    await expect
      .poll(() => s3Outcome(client.putObject(bucket, 'widened', 'content')), { timeout: 15_000 })
      .toBe('AccessDenied');
    expect(await read(made.pair)).toBe('ok');
  });

  test('a user with another policy beside ours is not touched, and its deletion waits for the detaching', async () => {
    const made = await key();
    const { accessKeyId } = made.pair;
    const both = [made.policy, 'readwrite'];
    await store.admin.setUserPolicies(accessKeyId, both);
    await start();
    expect((await reason(bed, made.ref, 'StoreConflict')).message).toContain(accessKeyId);
    await bed.api.delete(made.ref);
    const { message } = await bed.api.waitFor(made.ref, 'waiting', (object) =>
      object?.status?.conditions?.find(
        ({ type, message }) => type === 'Ready' && message?.includes('so that it can be removed'),
      ),
    );
    expect(message).toContain(accessKeyId);
    const user = await store.admin.getUser(accessKeyId);
    expect(user?.policies.toSorted()).toEqual(both.toSorted());
    expect(user?.enabled).toBe(true);
    await store.admin.setUserPolicies(accessKeyId, [made.policy]);
    await touch(bed, made.ref);
    await bed.api.waitGone(made.ref);
    await expectRevoked(store, made.policy, [accessKeyId]);
  });
});
