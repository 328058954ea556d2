/** What somebody changed in a Secret or in the store is put right, and a repair never makes it worse (DESIGN 3, rules 2, 3 and 8). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessKey } from '../../src/api/accesskey.ts';
import type { Pair } from '../../src/store/store.ts';
import {
  expectRevoked,
  fixtures,
  makeBucket,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  type TestStore,
  touch,
} from './fixtures.ts';

const DAY_MS = 24 * 3_600_000;

const repair = await fixtures('repair');
const { bed, cluster } = repair;
afterAll(repair.end);

let namespace = '';
let store: TestStore;
let bucket = '';

const start = () => repair.restart({ args: ['--policy-check-interval=1s'] });

beforeAll(async () => {
  store = await repair.store();
  [namespace, bucket] = await Promise.all([repair.namespace(), makeBucket(store, 'repair')]);
  await start();
});

interface Made {
  readonly ref: NamespacedRef;
  readonly pair: Pair;
  readonly policy: string;
}

async function key(): Promise<Made> {
  const ref = await repair.accessKey(namespace, store, {
    limited: true,
    bucketAccess: [{ bucketName: bucket, permissions: 'read_only' }],
  });
  await ready(bed, ref);
  return { ref, pair: await readPair(bed, secretOf(ref)), policy: policyOf(cluster, ref) };
}

/** What comes of reading the bucket with the pair. */
function read(pair: Pair): Promise<string> {
  return s3Outcome(
    s3Client(store.minio, pair)
      .getObject(bucket, 'hello')
      .then((body) => void body.destroy()),
  );
}

/** Waits until another pair than this one is published. */
async function replaced({ ref, pair }: Made): Promise<{ accessKey: AccessKey; pair: Pair }> {
  const { accessKeyId } = await bed.api.waitFor(ref, 'issued anew', (object) => {
    const status = object?.status as AccessKey['status'] | undefined;
    return status?.accessKeyId !== undefined && status.accessKeyId !== pair.accessKeyId && status;
  });
  const accessKey = await ready(bed, ref);
  const now = await readPair(bed, secretOf(ref));
  expect(now.accessKeyId).toBe(accessKeyId);
  expect(now.secretAccessKey === pair.secretAccessKey).toBe(false);
  expect(await read(now)).toBe('ok');
  return { accessKey, pair: now };
}

/** Expects that the old pair lives on for a day as the only previous one, in the status and in the Secret. */
async function expectGrace(made: Made, accessKey: AccessKey): Promise<void> {
  const [previous, ...others] = accessKey.status.previousKeys ?? [];
  expect(others).toEqual([]);
  expect(previous?.accessKeyId).toBe(made.pair.accessKeyId);
  expect(Math.abs(Date.parse(previous?.revokeAt ?? '') - Date.now() - DAY_MS)).toBeLessThan(60_000);
  const annotations = (await bed.api.get(secretOf(made.ref)))?.metadata.annotations ?? {};
  expect(JSON.parse(annotations['accesskeys.dev/previous-keys'] ?? '')).toEqual([previous]);
  expect(await read(made.pair)).toBe('ok');
}

function dataOf({ accessKeyId, secretAccessKey }: Pair): Record<string, string> {
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  return { AWS_ACCESS_KEY_ID: encoded(accessKeyId), AWS_SECRET_ACCESS_KEY: encoded(secretAccessKey) };
}

describe('a Secret', () => {
  test('that was deleted comes back with a new pair, and the old one lives on for its grace', async () => {
    const made = await key();
    await bed.api.delete(secretOf(made.ref));
    const { accessKey } = await replaced(made);
    await expectGrace(made, accessKey);
    await bed.api.delete(made.ref);
    await bed.api.waitGone(made.ref);
    await expectRevoked(store, made.policy, [made.pair.accessKeyId, accessKey.status.accessKeyId ?? '?']);
  });

  test.each([
    ['whose secret was edited', (pair: Pair) => dataOf({ ...pair, secretAccessKey: 'edited-by-hand' })],
    ['whose secret was removed', () => ({ AWS_SECRET_ACCESS_KEY: null })],
    ['that was emptied', () => ({ AWS_ACCESS_KEY_ID: null, AWS_SECRET_ACCESS_KEY: '' })],
  ])('%s gets a new pair, and the old one lives on for its grace', async (_, data) => {
    const made = await key();
    await bed.api.patch(secretOf(made.ref), { data: data(made.pair) });
    const { accessKey } = await replaced(made);
    await expectGrace(made, accessKey);
  });

  test("that was given another key's pair gets a new one, and the other key stays what it is", async () => {
    const [made, other] = await Promise.all([key(), key()]);
    await bed.api.patch(secretOf(made.ref), { data: dataOf(other.pair) });
    const { accessKey } = await replaced(made);
    expect(accessKey.status.accessKeyId).not.toBe(other.pair.accessKeyId);
    await expectGrace(made, accessKey);
    const untouched = { enabled: true, policies: [other.policy], groups: [] };
    expect(await store.admin.getUser(other.pair.accessKeyId)).toMatchObject(untouched);
    await bed.api.delete(made.ref);
    await bed.api.waitGone(made.ref);
    expect(await store.admin.getUser(other.pair.accessKeyId)).toMatchObject(untouched);
    expect(await read(other.pair)).toBe('ok');
    expect(samePair(await readPair(bed, secretOf(other.ref)), other.pair)).toBe(true);
  });

  test("that was given the root user's pair gets a new one, and root stays what it is", async () => {
    const made = await key();
    const { rootUser, rootPassword } = store.minio;
    const root = { accessKeyId: rootUser, secretAccessKey: rootPassword };
    await bed.api.patch(secretOf(made.ref), { data: dataOf(root) });
    const { accessKey } = await replaced(made);
    await expectGrace(made, accessKey);
    await bed.api.delete(made.ref);
    await bed.api.waitGone(made.ref);
    await expectRevoked(store, made.policy, [made.pair.accessKeyId, accessKey.status.accessKeyId ?? '?']);
    expect(await read(root)).toBe('ok');
  });

  test.each([
    ['labels', { labels: null }],
    ['owner', { ownerReferences: null }],
    ['annotations', { annotations: null }],
    ['owner and annotations', { ownerReferences: null, annotations: null }],
  ])('that lost its %s gets them back with the same pair', async (_, metadata) => {
    const made = await key();
    const before = await bed.api.get(secretOf(made.ref));
    await bed.api.patch(secretOf(made.ref), { metadata });
    const wanted = before?.metadata;
    const keys = (of: object | undefined) =>
      Object.keys(of ?? {})
        .sort()
        .join();
    const after = await bed.api.waitFor(
      secretOf(made.ref),
      'put right',
      (secret) =>
        keys(secret?.metadata.annotations) === keys(wanted?.annotations) &&
        keys(secret?.metadata.labels) === keys(wanted?.labels) &&
        secret?.metadata.ownerReferences &&
        secret,
    );
    expect(after.metadata.labels).toEqual(wanted?.labels);
    expect(after.metadata.ownerReferences).toEqual(wanted?.ownerReferences);
    expect(after.metadata.annotations?.['accesskeys.dev/pair-digest']).toBe(
      wanted?.annotations?.['accesskeys.dev/pair-digest'],
    );
    expect(after.metadata.uid).toBe(wanted?.uid);
    expect(samePair(await readPair(bed, secretOf(made.ref)), made.pair)).toBe(true);
    const { status } = await ready(bed, made.ref);
    expect([status.accessKeyId, status.previousKeys]).toEqual([made.pair.accessKeyId, []]);
  });

  test('keeps what somebody added to it', async () => {
    const made = await key();
    await bed.api.patch(secretOf(made.ref), {
      metadata: { labels: { team: 'shop' }, ownerReferences: null },
      data: { EXTRA: 'eA==' },
    });
    const secret = await bed.api.waitFor(
      secretOf(made.ref),
      'owned again',
      (seen) => seen?.metadata.ownerReferences !== undefined && seen,
    );
    expect(secret.metadata.labels).toMatchObject({ team: 'shop' });
    expect(secret.data).toMatchObject({ EXTRA: 'eA==' });
  });
});

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
    await replaced(made);
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
