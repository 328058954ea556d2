/**
 * The store says whose a user or a policy is (rules 1, 2 and 12 of ARCHITECTURE.md): the operator never takes over
 * another's.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeMark } from '../../../src/ownership/mark.ts';
import { newPair } from '../../../src/ownership/new-pair.ts';
import type { PolicyDocument } from '../../../src/provider/documents/statement.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import {
  accessKeyRef,
  fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  samePair,
  secretOf,
  storeReady,
  type TestStore,
} from '../support/fixtures.ts';

const takeover = await fixtures('takeover');
const { bed, cluster } = takeover;
afterAll(takeover.end);

const limited = limitedKey({ photos: 'read_only' });

let namespace = '';
/** On a MinIO of its own, in which nobody else's users are counted. */
let store: TestStore;

beforeAll(async () => {
  store = await takeover.store({ minio: await bed.startMinio() });
  namespace = await takeover.namespace();
  await takeover.operator();
});

/** The same work as the operator's restart, but with something done while it is away. */
async function whileAway<T>(work: () => Promise<T>) {
  const { kill } = await takeover.restart();
  await kill();
  const result = await work();
  return { result, operator: await takeover.restart() };
}

async function key(name?: string) {
  const ref = await takeover.accessKey(namespace, store, limited, name);
  const { metadata } = await ready(bed, ref);
  const policy = policyOf(cluster, ref);
  return { ref, uid: metadata.uid, pair: await readPair(bed, secretOf(ref)), policy };
}

/** Makes a user with an id such as the operator makes for that policy. */
async function makeUser(policy: string, policies: readonly string[]): Promise<Pair> {
  const pair = newPair(policy, randomBytes);
  await store.admin.putUser(pair);
  if (policies.length > 0) await store.admin.setUserPolicies(pair.accessKeyId, policies);
  return pair;
}

function document(ID: string): PolicyDocument {
  const statement = {
    Effect: 'Allow',
    Action: ['s3:GetObject'],
    Resource: ['arn:aws:s3:::theirs/*'],
  } as const;
  return { ID, Version: '2012-10-17', Statement: [statement] };
}

/** Removes an AccessKey as one does who gives the finalizer up: the operator can't revoke its key any more. */
async function removeByForce(ref: NamespacedRef): Promise<void> {
  await bed.api.patch(ref, { metadata: { finalizers: null } });
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  await bed.api.waitGone(secretOf(ref));
}

describe('a policy of the same name', () => {
  test("of another cluster is not touched, nor is its user, and the key's deletion leaves both", async () => {
    const ref = accessKeyRef(namespace, `takeover-${crypto.randomUUID().slice(0, 8)}`);
    const policy = policyOf(cluster, ref);
    const clusterUid = crypto.randomUUID();
    const mark = { clusterUid, accessKeyUid: crypto.randomUUID(), flags: new Set<never>(), label: 'theirs' };
    await store.admin.putPolicy(policy, document(encodeMark(mark)));
    const theirs = await makeUser(policy, [policy]);
    const before = await store.admin.getPolicy(policy);
    const stillTheirs = async () => {
      expect(await store.admin.getPolicy(policy)).toEqual(before);
      expect(await store.admin.probe(theirs)).toMatchObject({
        kind: 'works',
        user: { policies: [policy], enabled: true },
      });
    };

    await takeover.accessKey(namespace, store, limited, ref.metadata.name);
    const { message } = await reason(bed, ref, 'StoreConflict');
    expect(message).toContain(policy);
    expect(message).toContain(clusterUid);
    expect(message).toContain('give each cluster that uses the store its own cluster name');
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
    await stillTheirs();
    // Nor does the sweep at a start touch them.
    await takeover.restart();
    await reason(bed, ref, 'StoreConflict');
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    await stillTheirs();
    await store.admin.removeUser(theirs.accessKeyId);
    await store.admin.removePolicy(policy);
  });

  test.each([
    ['of an AccessKey that was there before', undefined],
    ['without a mark', ''],
  ])('%s leaves nothing to the new one: its user goes before the new one comes', async (_, id) => {
    const old = await key();
    const { operator } = await whileAway(async () => {
      await removeByForce(old.ref);
      if (id !== undefined) await store.admin.putPolicy(old.policy, document(id));
      await takeover.accessKey(namespace, store, limited, old.ref.metadata.name);
    });
    const { metadata, status } = await ready(bed, old.ref);
    expect(metadata.uid).not.toBe(old.uid);
    expect(status.accessKeyId).not.toBe(old.pair.accessKeyId);
    expect(status.previousKeys).toEqual([]);
    expect(await store.admin.probe(old.pair)).toEqual({ kind: 'unknown' });
    const steps = operator.lines
      .filter(({ name }) => name === old.ref.metadata.name)
      .flatMap(({ steps: done }) => (Array.isArray(done) ? done : []));
    expect(steps.filter((step) => step === 'removeUser' || step === 'putUser')).toEqual([
      'removeUser',
      'putUser',
    ]);
    expect(await store.admin.probe(await readPair(bed, secretOf(old.ref)))).toMatchObject({ kind: 'works' });
    expect((await store.admin.getPolicy(old.policy))?.id).toContain(metadata.uid);
  });
});

describe('at its start the operator', () => {
  test('removes users that were made for a key and not published, and no other', async () => {
    const { ref, pair, policy } = await key();
    const [stranger] = await Promise.all([key()]);
    const { result } = await whileAway(async () => ({
      leftover: [await makeUser(policy, [policy]), await makeUser(policy, [])],
      // Whatever its id looks like: the store shows it as somebody else's.
      others: [
        await makeUser(policy, ['readonly']),
        await makeUser(policy, [policy, 'readonly']),
        await makeUser(policy, [stranger.policy, 'readonly']),
      ],
    }));
    for (const { accessKeyId } of result.leftover) {
      await expect.poll(() => store.admin.getUser(accessKeyId), { timeout: 15_000 }).toBeUndefined();
    }
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
    expect((await ready(bed, ref)).status.accessKeyId).toBe(pair.accessKeyId);
    for (const other of [...result.others, pair, stranger.pair]) {
      expect(await store.admin.probe(other)).toMatchObject({ kind: 'works', user: { enabled: true } });
    }
    for (const { accessKeyId } of result.others) await store.admin.removeUser(accessKeyId);
  });

  test('counts users that belong to no AccessKey any more, and leaves them as they are for now', async () => {
    const [orphan, kept] = [await key(), await key()];
    expect((await storeReady(bed, store.ref)).status.orphanedUsers).toBe(0);
    await whileAway(() => removeByForce(orphan.ref));
    await bed.api.waitFor(
      store.ref,
      'counting one orphaned user',
      (object) => object?.status?.['orphanedUsers'] === 1,
    );
    for (const { pair } of [orphan, kept]) {
      expect(await store.admin.probe(pair)).toMatchObject({ kind: 'works', user: { enabled: true } });
    }
    // The next AccessKey of the name removes it.
    await takeover.accessKey(namespace, store, limited, orphan.ref.metadata.name);
    await ready(bed, orphan.ref);
    expect(await store.admin.getUser(orphan.pair.accessKeyId)).toBeUndefined();
    await takeover.restart();
    await bed.api.waitFor(
      store.ref,
      'counting no orphaned user',
      (object) => object?.status?.['orphanedUsers'] === 0,
    );
  });
});
