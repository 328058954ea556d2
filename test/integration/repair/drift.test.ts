/** Changes of a status or in the store are repaired, and a repair never makes it worse (rules 2, 3 and 8). */
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

interface IssuedKey {
  readonly ref: NamespacedRef;
  readonly pair: Pair;
  readonly policy: string;
}

async function key(): Promise<IssuedKey> {
  const ref = await drift.accessKey(namespace, store, limitedKey({ [bucket]: 'read_only' }));
  await ready(bed, ref);
  return { ref, pair: await readPair(bed, secretOf(ref)), policy: policyOf(cluster, ref) };
}

/** Returns the outcome of reading the bucket with the pair. */
function read(pair: Pair): Promise<string> {
  return s3Outcome(readHello(s3Client(store.minio, pair), bucket));
}

describe('a status that was wiped', () => {
  const wipe = (ref: NamespacedRef) =>
    bed.api.patch(ref, [{ op: 'replace', path: '/status', value: { observedGeneration: -1 } }], {
      subresource: 'status',
    });

  test('leads to a new pair while the user is missing too: nothing proves the old one any more', async () => {
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

describe('drift in the store:', () => {
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

  test('a user with a second policy is not touched, and the deletion waits until that policy is detached', async () => {
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
