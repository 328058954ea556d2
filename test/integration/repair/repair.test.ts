/** Changes of a Secret are repaired, and a repair never makes it worse (rules 2, 3 and 8). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import {
  eventReasons,
  expectRevoked,
  fixtures,
  limitedKey,
  makeBucket,
  type NamespacedRef,
  policyOf,
  readHello,
  readPair,
  ready,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  type TestStore,
} from '../support/fixtures.ts';

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

interface IssuedKey {
  readonly ref: NamespacedRef;
  readonly pair: Pair;
  readonly policy: string;
}

async function key(): Promise<IssuedKey> {
  const ref = await repair.accessKey(namespace, store, limitedKey({ [bucket]: 'read_only' }));
  await ready(bed, ref);
  return { ref, pair: await readPair(bed, secretOf(ref)), policy: policyOf(cluster, ref) };
}

/** Returns the outcome of reading the bucket with the pair. */
function read(pair: Pair): Promise<string> {
  return s3Outcome(readHello(s3Client(store.minio, pair), bucket));
}

/** Waits until another pair than this one is published. */
async function replaced({ ref, pair }: IssuedKey): Promise<{ accessKey: AccessKey; pair: Pair }> {
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
async function expectGrace(made: IssuedKey, accessKey: AccessKey): Promise<void> {
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

  test("that was given another key's pair gets a new one, and the other key stays as it is", async () => {
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

  test("that was given the root user's pair gets a new one, and the root user stays as it is", async () => {
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

  test('that an earlier version of the operator wrote gets the name of its user, and nothing else changes', async () => {
    const made = await key();
    const before = await bed.api.get(secretOf(made.ref));
    await bed.api.patch(secretOf(made.ref), { metadata: { annotations: { 'accesskeys.dev/user': null } } });
    const after = await bed.api.waitFor(
      secretOf(made.ref),
      'named',
      (secret) => secret?.metadata.annotations?.['accesskeys.dev/user'] !== undefined && secret,
    );
    expect(after.metadata.annotations).toEqual(before?.metadata.annotations);
    expect(samePair(await readPair(bed, secretOf(made.ref)), made.pair)).toBe(true);
    const { metadata: object, status } = await ready(bed, made.ref);
    expect([status.accessKeyId, status.previousKeys]).toEqual([made.pair.accessKeyId, []]);
    expect(await eventReasons(bed, object.uid, made.ref.metadata.namespace)).not.toContain('Repaired');
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
