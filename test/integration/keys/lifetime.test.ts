import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Operator } from '../../bed/operator.ts';
import {
  edit,
  eventReasons,
  expectRevoked,
  fixtures,
  inUse,
  limitedKey,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  secretRef,
  type TestStore,
  until,
} from '../support/fixtures.ts';

/** A key that is disabled, expired, replaced, moved, paused or retained. */
const { bed, cluster, namespace, operator, store: makeStore, accessKey, end } = await fixtures('lifetime');
const GRANTS = [{ namespaces: { all: true }, buckets: ['*'], unrestricted: true, allowRetain: true }];
const BUCKET = 'lifetime';
const SPEC = limitedKey({ [BUCKET]: 'read_write' });
let store: TestStore;
let ns: string;
let running: Operator;

beforeAll(async () => {
  running = await operator();
  store = await makeStore({ grants: GRANTS });
  ns = await namespace();
  const root = { accessKeyId: bed.minio.rootUser, secretAccessKey: bed.minio.rootPassword };
  await s3Client(bed.minio, root).makeBucket(BUCKET);
});
afterAll(end);

const write = (pair: Awaited<ReturnType<typeof readPair>>) => () =>
  s3Client(bed.minio, pair).putObject(BUCKET, 'x', 'x');

async function issued(spec: object = {}): Promise<NamespacedRef> {
  const ref = await accessKey(ns, store, { ...SPEC, ...spec });
  await ready(bed, ref);
  return ref;
}

describe('a disabled key', () => {
  test('is refused by the store, keeps its pair, and works again', async () => {
    const ref = await issued();
    const pair = await readPair(bed, secretOf(ref));
    await edit(bed, ref, { disabled: true });
    expect((await reason(bed, ref, 'Disabled')).message).toContain('spec.disabled is false');
    expect(await s3Outcome(write(pair)())).toBe('InvalidAccessKeyId');
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
    await edit(bed, ref, { disabled: false });
    await ready(bed, ref);
    expect(await s3Outcome(write(pair)())).toBe('ok');
  });

  test('takes an edit of its policy, which enables nothing', async () => {
    const ref = await issued();
    const pair = await readPair(bed, secretOf(ref));
    await edit(bed, ref, { disabled: true });
    await reason(bed, ref, 'Disabled');
    await edit(bed, ref, { label: 'Renamed', keyGeneration: 2 });
    await reason(bed, ref, 'Disabled');
    expect((await store.admin.getPolicy(policyOf(cluster, ref)))?.id).toContain('Renamed');
    expect((await store.admin.getUser(pair.accessKeyId))?.enabled).toBe(false);
    // The rotation waited for this.
    await edit(bed, ref, { disabled: false });
    await ready(bed, ref);
    const next = await readPair(bed, secretOf(ref));
    expect(next.accessKeyId).not.toBe(pair.accessKeyId);
    expect(await s3Outcome(write(next)())).toBe('ok');
  });

  test('has no user and no Secret until it is enabled, if it is born disabled', async () => {
    const ref = await accessKey(ns, store, { ...SPEC, disabled: true });
    await reason(bed, ref, 'Disabled');
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
    expect(await store.admin.getPolicy(policyOf(cluster, ref))).toBeUndefined();
    await edit(bed, ref, { disabled: false });
    await ready(bed, ref);
    expect(await s3Outcome(write(await readPair(bed, secretOf(ref)))())).toBe('ok');
  });

  test('is not enabled if somebody disabled its user in the store', async () => {
    const ref = await issued();
    const { accessKeyId } = await readPair(bed, secretOf(ref));
    await store.admin.setUserEnabled(accessKeyId, false);
    await edit(bed, ref, { disabled: true });
    await reason(bed, ref, 'Disabled');
    await edit(bed, ref, { disabled: false });
    await reason(bed, ref, 'DisabledInStore');
    expect((await store.admin.getUser(accessKeyId))?.enabled).toBe(false);
  });
});

test('a copy of its Secret under another name stays as it is throughout the life of the key', async () => {
  const ref = await issued();
  const { accessKeyId } = await readPair(bed, secretOf(ref));
  const { metadata, ...rest } = (await bed.api.get(secretOf(ref))) ?? expect.fail('no Secret');
  const copy = secretRef(ns, `${ref.metadata.name}-copy`);
  const { labels, annotations, ownerReferences } = metadata;
  const kept = { labels, annotations, ownerReferences };
  await bed.api.apply({ ...rest, ...copy, metadata: { ...copy.metadata, ...kept } });
  const { uid } = (await bed.api.get(copy))?.metadata ?? {};
  await edit(bed, ref, { label: 'Edited', keyGeneration: 2 });
  await until(
    'rotated',
    async () => (await readPair(bed, secretOf(ref))).accessKeyId !== accessKeyId,
    15_000,
  );
  await edit(bed, ref, { secretName: `${ref.metadata.name}-moved` });
  await until('moved', async () => !(await bed.api.exists(secretOf(ref))), 15_000);
  await ready(bed, ref);
  expect((await bed.api.get(copy))?.metadata.uid).toBe(uid);
});

describe('an annotation that cannot be read', () => {
  test.each([
    ['accesskeys.dev/rotate-at', 'tomorrow', 'is not a time'],
    ['accesskeys.dev/paused', 'True', 'is neither "true" nor "false"'],
  ])('is named in the status, and the key works: %s, %s', async (annotation, value, said) => {
    const ref = await issued();
    const { uid } = (await ready(bed, ref)).metadata;
    const message = async () => (await reason(bed, ref, 'Issued')).message;
    const before = await message();
    await bed.api.patch(ref, { metadata: { annotations: { [annotation]: value } } });
    await until('said', async () => (await message()).includes(`${annotation} ${said}`), 10_000);
    await until('warned of', async () => (await eventReasons(bed, uid, ns)).includes('Ignored'), 10_000);
    await bed.api.patch(ref, { metadata: { annotations: { [annotation]: null } } });
    await until('unsaid', async () => (await message()) === before, 10_000);
  });
});

describe('a key with expiresAt', () => {
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

  test('is revoked on time, the object stays, and a later time issues a new pair', async () => {
    const ref = await issued({ expiresAt: inMs(4_000) });
    const pair = await readPair(bed, secretOf(ref));
    const { message } = await reason(bed, ref, 'Expired', { timeoutMs: 20_000 });
    expect(message).toContain('set a later spec.expiresAt');
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
    await expectRevoked(store, policyOf(cluster, ref), [pair.accessKeyId]);
    const expired = await bed.api.get(ref);
    expect(expired?.status?.['accessKeyId']).toBeUndefined();
    expect(expired?.metadata.finalizers ?? []).toEqual([]);
    await edit(bed, ref, { expiresAt: inMs(3_600_000) });
    const again = await ready(bed, ref);
    expect(again.status.accessKeyId).not.toBe(pair.accessKeyId);
    expect(await s3Outcome(write(await readPair(bed, secretOf(ref)))())).toBe('ok');
  });

  test('has users removed that are found after its end', async () => {
    const ref = await issued({ expiresAt: inMs(3_000) });
    const { accessKeyId } = await readPair(bed, secretOf(ref));
    await reason(bed, ref, 'Expired', { timeoutMs: 20_000 });
    // As a request of a process that was killed, delivered late.
    const late = `${accessKeyId.slice(0, 11)}LATELATEL`;
    await store.admin.putUser({ accessKeyId: late, secretAccessKey: 'not-published-anywhere' });
    await running.kill('SIGTERM');
    running = await operator();
    await until('removed', async () => (await store.admin.getUser(late)) === undefined, 20_000);
    await reason(bed, ref, 'Expired');
  });

  test('is revoked at the next start if it was due while no operator ran', async () => {
    const other = await makeStore({ grants: GRANTS });
    const expiresAt = inMs(5_000);
    const ref = await accessKey(ns, other, { ...SPEC, expiresAt });
    await ready(bed, ref);
    const pair = await readPair(bed, secretOf(ref));
    await running.kill('SIGTERM');
    await until('past its end', async () => Date.now() > Date.parse(expiresAt), 10_000);
    expect(await s3Outcome(write(pair)())).toBe('ok');
    running = await operator();
    await reason(bed, ref, 'Expired', { timeoutMs: 20_000 });
    expect(await s3Outcome(write(pair)())).toBe('InvalidAccessKeyId');
  });
});

describe('a rotation', () => {
  test('by keyGeneration takes one write, keeps the old pair alive, and nobody is refused', async () => {
    const ref = await issued({ keyGeneration: 1 });
    const before = await readPair(bed, secretOf(ref));
    const { use } = await inUse(write(before), async () => {
      await edit(bed, ref, { keyGeneration: 3 });
      await ready(bed, ref);
    });
    expect(use.refusals).toEqual([]);
    const after = await readPair(bed, secretOf(ref));
    expect(after.accessKeyId).not.toBe(before.accessKeyId);
    expect(await s3Outcome(write(after)())).toBe('ok');
    const object = await ready(bed, ref);
    expect(object.status.keyGeneration).toBe(3);
    expect(object.status.previousKeys?.map((key) => key.accessKeyId)).toEqual([before.accessKeyId]);
    const left = Date.parse(object.status.previousKeys?.[0]?.revokeAt ?? '') - Date.now();
    expect(left).toBeGreaterThan(23.9 * 3_600_000);
    expect(left).toBeLessThanOrEqual(24 * 3_600_000);
    // GitOps puts the old number back: nothing happens.
    await edit(bed, ref, { keyGeneration: 1 });
    await ready(bed, ref);
    expect(samePair(await readPair(bed, secretOf(ref)), after)).toBe(true);
    await until('said', async () => (await eventReasons(bed, object.metadata.uid, ns)).includes('Reissued'));
  });

  test('with gracePeriod 0s revokes the old pair at once', async () => {
    const ref = await issued({ rotation: { gracePeriod: '0s' } });
    const before = await readPair(bed, secretOf(ref));
    await edit(bed, ref, { keyGeneration: 2 });
    const object = await ready(bed, ref);
    expect(object.status.previousKeys).toEqual([]);
    expect(await s3Outcome(write(before)())).toBe('InvalidAccessKeyId');
  });

  test('ends the old pair at its time', async () => {
    const ref = await issued({ rotation: { gracePeriod: '3s' } });
    const before = await readPair(bed, secretOf(ref));
    await edit(bed, ref, { keyGeneration: 2 });
    await ready(bed, ref);
    expect(await s3Outcome(write(before)())).toBe('ok');
    await until('gone', async () => (await store.admin.getUser(before.accessKeyId)) === undefined, 20_000);
    const object = await ready(bed, ref);
    await until('off the list', async () => (await ready(bed, ref)).status.previousKeys?.length === 0);
    expect(await s3Outcome(write(await readPair(bed, secretOf(ref)))())).toBe('ok');
    expect(object.status.accessKeyId).not.toBe(before.accessKeyId);
  });

  test('by the annotation rotate-at replaces the pair once, when its time is past', async () => {
    const ref = await issued();
    const before = await readPair(bed, secretOf(ref));
    const at = new Date(Date.now() + 2_000).toISOString();
    await bed.api.patch(ref, { metadata: { annotations: { 'accesskeys.dev/rotate-at': at } } });
    const changed = async () => {
      const pair = await readPair(bed, secretOf(ref));
      return pair.accessKeyId !== before.accessKeyId && pair;
    };
    const after = await until('another pair', changed, 20_000);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(at));
    await ready(bed, ref);
    await edit(bed, ref, { label: 'Looked at again' });
    await ready(bed, ref);
    expect(samePair(await readPair(bed, secretOf(ref)), after)).toBe(true);
  });
});

test('a change of secretName moves the pair without a gap', async () => {
  const ref = await issued();
  const pair = await readPair(bed, secretOf(ref));
  const moved = secretRef(ns, `${ref.metadata.name}-moved`);
  const { use } = await inUse(write(pair), async () => {
    await edit(bed, ref, { secretName: moved.metadata.name });
    await ready(bed, ref);
  });
  expect(use.refusals).toEqual([]);
  expect(samePair(await readPair(bed, moved), pair)).toBe(true);
  await bed.api.waitGone(secretOf(ref));
  expect((await ready(bed, ref)).status.binding).toEqual({ name: moved.metadata.name });
});

test('a paused key stays as it is, and is revoked when it is deleted', async () => {
  const ref = await issued();
  const { accessKeyId } = await readPair(bed, secretOf(ref));
  await bed.api.patch(ref, { metadata: { annotations: { 'accesskeys.dev/paused': 'true' } } });
  await reason(bed, ref, 'Paused');
  await edit(bed, ref, { label: 'Not yet' });
  await reason(bed, ref, 'Paused');
  expect((await store.admin.getPolicy(policyOf(cluster, ref)))?.id).not.toContain('Not yet');
  await bed.api.patch(ref, { metadata: { annotations: { 'accesskeys.dev/paused': null } } });
  await ready(bed, ref);
  expect((await store.admin.getPolicy(policyOf(cluster, ref)))?.id).toContain('Not yet');
  await bed.api.patch(ref, { metadata: { annotations: { 'accesskeys.dev/paused': 'true' } } });
  await reason(bed, ref, 'Paused');
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  await expectRevoked(store, policyOf(cluster, ref), [accessKeyId]);
});

describe('deletionPolicy Retain', () => {
  test.each(['Background', 'Foreground', 'Orphan'] as const)(
    'keeps the key after a %s deletion, unowned, and the same AccessKey takes it back',
    async (propagationPolicy) => {
      const ref = await issued({ deletionPolicy: 'Retain' });
      const pair = await readPair(bed, secretOf(ref));
      expect((await bed.api.get(secretOf(ref)))?.metadata.ownerReferences ?? []).toEqual([]);
      await bed.api.delete(ref, { propagationPolicy });
      await bed.api.waitGone(ref);
      expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
      expect(await s3Outcome(write(pair)())).toBe('ok');
      await bed.api.create({ ...ref, spec: { storeRef: { name: store.name }, ...SPEC } });
      await ready(bed, ref);
      expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
      expect((await bed.api.get(secretOf(ref)))?.metadata.ownerReferences).toHaveLength(1);
      await bed.api.delete(ref);
      await bed.api.waitGone(ref);
      await expectRevoked(store, policyOf(cluster, ref), [pair.accessKeyId]);
    },
  );

  test('is refused if the store does not grant it, and the key is revoked with its object', async () => {
    const strict = await makeStore({ grants: [{ namespaces: { all: true }, buckets: ['*'] }] });
    const ref = await accessKey(ns, strict, SPEC);
    await ready(bed, ref);
    const pair = await readPair(bed, secretOf(ref));
    await edit(bed, ref, { deletionPolicy: 'Retain' });
    expect((await reason(bed, ref, 'GrantDenied')).message).toContain('allowRetain');
    expect(await s3Outcome(write(pair)())).toBe('ok');
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    await expectRevoked(strict, policyOf(cluster, ref), [pair.accessKeyId]);
  });

  test('lets a key go whose store is gone for good', async () => {
    const gone = await makeStore({ grants: GRANTS });
    const ref = await accessKey(ns, gone, SPEC);
    await ready(bed, ref);
    await bed.api.delete(gone.ref);
    // Somebody's force: it waits for its keys.
    await bed.api.patch(gone.ref, { metadata: { finalizers: null } });
    await bed.api.waitGone(gone.ref);
    await bed.api.delete(ref);
    await reason(bed, ref, 'Deleting');
    await edit(bed, ref, { deletionPolicy: 'Retain' });
    await bed.api.waitGone(ref);
  });
});
