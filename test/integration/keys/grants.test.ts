import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  fixtures,
  type NamespacedRef,
  namespaceRef,
  policyOf,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  type TestStore,
} from '../support/fixtures.ts';

/** Grants as the controller holds them: what is refused, withdrawn, given back, and what reaches the keys when. */
const { bed, cluster, namespace, operator, store: makeStore, accessKey, end } = await fixtures('grants');
let ns: string;

beforeAll(async () => {
  await operator();
  ns = await namespace();
  const root = { accessKeyId: bed.minio.rootUser, secretAccessKey: bed.minio.rootPassword };
  for (const bucket of ['grants-a', 'grants-b']) await s3Client(bed.minio, root).makeBucket(bucket);
});
afterAll(end);

const SOON = { timeoutMs: 5_000 };
const of = (bucketName: string, permissions: 'read_only' | 'read_write' = 'read_write') => ({
  limited: true,
  bucketAccess: [{ bucketName, permissions }],
});
const named = (grant: object) => ({ namespaces: { names: [ns] }, ...grant });
const edit = (store: TestStore, grants: readonly object[]) => bed.api.patch(store.ref, { spec: { grants } });
const write = async (ref: NamespacedRef, bucket: string) =>
  s3Outcome(s3Client(bed.minio, await readPair(bed, secretOf(ref))).putObject(bucket, 'x', 'x'));

test('a refusal says what is not covered and what is granted', async () => {
  const store = await makeStore({ grants: [named({ buckets: ['grants-a'], permissions: 'read_only' })] });
  const ref = await accessKey(ns, store, of('grants-a'));
  const { message } = await reason(bed, ref, 'GrantDenied');
  expect(message).toContain(`namespace ${ns}`);
  expect(message).toContain('read_write on bucket grants-a');
  expect(message).toContain('it grants read_only on grants-a');
  expect(await bed.api.exists(secretOf(ref))).toBe(false);
  expect((await bed.api.get(ref))?.metadata.finalizers ?? []).toEqual([]);
});

test('an edit that asks too much changes nothing of what is in force', async () => {
  const store = await makeStore({ grants: [named({ buckets: ['grants-a'] })] });
  const ref = await accessKey(ns, store, of('grants-a'));
  await ready(bed, ref);
  const two = [...of('grants-a').bucketAccess, ...of('grants-b').bucketAccess];
  await bed.api.patch(ref, { spec: { bucketAccess: two } });
  expect((await reason(bed, ref, 'GrantDenied')).message).toContain('bucket grants-b');
  expect(await write(ref, 'grants-a')).toBe('ok');
  expect(await write(ref, 'grants-b')).toBe('AccessDenied');
  const status = (await bed.api.get(ref))?.status as { permissions?: { bucketName: string }[] } | undefined;
  expect(status?.permissions?.map((entry) => entry.bucketName)).toEqual(['grants-a']);
  await bed.api.patch(ref, { spec: { limited: false, bucketAccess: null } });
  expect((await reason(bed, ref, 'GrantDenied')).message).toContain('unrestricted access');
  expect(await write(ref, 'grants-b')).toBe('AccessDenied');
});

test('a withdrawn grant disables the key and keeps its pair, which works again once it is given back', async () => {
  const granted = [named({ buckets: ['grants-*'] })];
  const store = await makeStore({ grants: granted });
  const ref = await accessKey(ns, store, of('grants-a'));
  await ready(bed, ref);
  const pair = await readPair(bed, secretOf(ref));
  await edit(store, []);
  await reason(bed, ref, 'GrantDenied', SOON);
  expect(await write(ref, 'grants-a')).toBe('InvalidAccessKeyId');
  // A key whose grant was withdrawn can still be relabelled and disabled.
  await bed.api.patch(ref, { spec: { label: 'Waiting' } });
  await reason(bed, ref, 'GrantDenied', SOON);
  await edit(store, granted);
  await ready(bed, ref, SOON);
  expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
  expect(await write(ref, 'grants-a')).toBe('ok');
});

describe('labels of a namespace', () => {
  test('give and take a grant at once', async () => {
    const store = await makeStore({
      grants: [{ namespaces: { matchLabels: { team: 'grants' } }, buckets: ['grants-a'] }],
    });
    const ref = await accessKey(ns, store, of('grants-a'));
    await reason(bed, ref, 'GrantDenied', SOON);
    await bed.api.patch(namespaceRef(ns), { metadata: { labels: { team: 'grants' } } });
    await ready(bed, ref, SOON);
    expect(await write(ref, 'grants-a')).toBe('ok');
    await bed.api.patch(namespaceRef(ns), { metadata: { labels: { team: 'others' } } });
    await reason(bed, ref, 'GrantDenied', SOON);
    expect(await write(ref, 'grants-a')).toBe('InvalidAccessKeyId');
    await bed.api.patch(namespaceRef(ns), { metadata: { labels: { team: null } } });
  });
});

test('{namespace} stands for the key’s own namespace, and another namespace does not get its buckets', async () => {
  const other = await namespace('other');
  const store = await makeStore({ grants: [{ namespaces: { all: true }, buckets: ['{namespace}.*'] }] });
  const own = await accessKey(ns, store, of(`${ns}.photos`));
  await ready(bed, own);
  const others = await accessKey(other, store, of(`${ns}.photos`));
  expect((await reason(bed, others, 'GrantDenied')).message).toContain(`it grants read_write on ${other}.*`);
});

test('a smaller grant for what a key may create, and for settings, takes effect in place', async () => {
  const store = await makeStore({
    grants: [named({ buckets: ['grants-a', 'grants-new-*'] })],
    spec: { everyKeyMay: ['ListBuckets', 'CreateOrResetBuckets'] },
  });
  const ref = await accessKey(ns, store, of('grants-a'));
  await ready(bed, ref);
  const client = s3Client(bed.minio, await readPair(bed, secretOf(ref)));
  expect(await s3Outcome(client.makeBucket('grants-new-1'))).toBe('ok');
  expect(await s3Outcome(client.makeBucket('grants-else'))).toBe('AccessDenied');
  expect(await s3Outcome(client.setBucketVersioning('grants-a', { Status: 'Enabled' }))).toBe('ok');
  const before = (await bed.api.get(ref))?.status?.['policyDigest'];
  await edit(store, [named({ buckets: ['grants-a'], bucketSettings: false })]);
  await bed.api.waitFor(ref, 'another policy', (object) => object?.status?.['policyDigest'] !== before, SOON);
  expect(await s3Outcome(client.makeBucket('grants-new-2'))).toBe('AccessDenied');
  expect(await s3Outcome(client.setBucketVersioning('grants-a', { Status: 'Suspended' }))).toBe(
    'AccessDenied',
  );
  expect(await write(ref, 'grants-a')).toBe('ok');
});

describe('a key with many buckets', () => {
  const names = (count: number, length: number) =>
    Array.from({ length: count }, (_, n) => `${String(n).padStart(3, '0')}${'b'.repeat(length - 3)}`);
  const entries = (buckets: readonly string[], prefixes?: readonly string[]) => ({
    limited: true,
    bucketAccess: buckets.map((bucketName) => ({
      bucketName,
      permissions: 'read_write' as const,
      ...(prefixes && { prefixes: [...prefixes] }),
    })),
  });

  test('may have 100 of the longest names, and 100 with a prefix each', async () => {
    const store = await makeStore();
    const long = await accessKey(ns, store, entries(names(100, 63)));
    const prefixed = await accessKey(ns, store, entries(names(100, 20), ['2026/']));
    expect((await ready(bed, long)).status.access).toBe('100 buckets: 100 read_write');
    expect((await ready(bed, prefixed)).status.permissions).toHaveLength(100);
  });

  test('keeps the old policy if the new one is too large for the store, and the status says its size', async () => {
    const store = await makeStore();
    const ref = await accessKey(ns, store, of('grants-a'));
    await ready(bed, ref);
    const before = await store.admin.getPolicy(policyOf(cluster, ref));
    await bed.api.patch(ref, { spec: entries(names(100, 63), ['2026/', '2025/', '2024/']) });
    const { message } = await reason(bed, ref, 'PolicyTooLarge');
    expect(message).toMatch(/would have \d{5,} bytes, but the store accepts at most 20480/);
    expect(message).toContain('name fewer buckets');
    expect((await store.admin.getPolicy(policyOf(cluster, ref)))?.id).toBe(before?.id);
    expect(await write(ref, 'grants-a')).toBe('ok');
    await bed.api.patch(ref, { spec: of('grants-b') });
    await ready(bed, ref);
    expect(await write(ref, 'grants-b')).toBe('ok');
  });
});
