/**
 * What every store promises for its keys, by the API and an S3 client alone. What a kind of store can't do is in its
 * capabilities, and fails here where the two disagree.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AccessKeySpec } from '../../src/api/schema/accesskey.ts';
import {
  fixtures,
  inUse,
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
  storeReady,
  storeRef,
  until,
} from '../integration/support/fixtures.ts';
import { createStore, describeStores, type RunningStore, STORES } from './stores.ts';

const conformance = await fixtures('conform');
const { bed, cluster } = conformance;
afterAll(conformance.end);

let namespace = '';

beforeAll(async () => {
  namespace = await conformance.namespace();
  await conformance.operator();
});

describeStores(STORES, (kind) => {
  const name = `conform-${randomBytes(3).toString('hex')}`;
  let store: RunningStore;
  let photos = '';
  let logs = '';

  beforeAll(async () => {
    store = await kind.start(bed, cluster);
    const root = s3Client(store, store.root);
    [photos, logs] = [`photos-${randomBytes(4).toString('hex')}`, `logs-${randomBytes(4).toString('hex')}`];
    for (const bucket of [photos, logs]) {
      await root.makeBucket(bucket);
      await root.putObject(bucket, 'hello', 'hello');
    }
    await createStore(bed, { name, namespace }, store, {
      resyncInterval: '1m',
      grants: [{ namespaces: { all: true }, buckets: ['*'], unrestricted: true }],
    });
    await storeReady(bed, storeRef(name));
  });

  afterAll(async () => {
    const keys = await bed.api.list({
      apiVersion: 'accesskeys.dev/v1alpha1',
      kind: 'AccessKey',
      namespace,
    });
    await Promise.all(keys.map((key) => bed.api.delete(key)));
    await Promise.all(keys.map((key) => bed.api.waitGone(key)));
    await bed.api.delete(storeRef(name));
    await bed.api.waitGone(storeRef(name));
    await store?.admin.close();
  });

  /** A key, ready, with its pair and a client. */
  async function newKey(spec: Partial<Omit<AccessKeySpec, 'storeRef'>> = {}) {
    const ref = await conformance.accessKey(namespace, name, {
      limited: true,
      bucketAccess: [{ bucketName: photos, permissions: 'read_write' }],
      ...spec,
    });
    const accessKey = await ready(bed, ref);
    const pair = await readPair(bed, secretOf(ref));
    return { ref, accessKey, pair, s3: s3Client(store, pair) };
  }

  async function edit(ref: NamespacedRef, spec: object) {
    await bed.api.patch(ref, { spec });
    return ready(bed, ref);
  }

  const usersOf = async (ref: NamespacedRef) =>
    [...(await store.admin.listUsers()).values()].filter(({ policies }) =>
      policies.includes(policyOf(cluster, ref)),
    );

  test('a new key does what was asked for, and nothing else', async () => {
    const { s3, ref, accessKey, pair } = await newKey();
    expect(accessKey.status.accessKeyId).toBe(pair.accessKeyId);
    await s3.putObject(photos, 'new', 'content');
    expect(await s3Outcome(s3.removeObject(photos, 'new'))).toBe('ok');
    expect(await s3Outcome(readHello(s3, logs))).toBe('AccessDenied');
    expect((await s3.listBuckets()).map((one) => one.name)).toEqual(expect.arrayContaining([photos, logs]));
    expect(await usersOf(ref)).toMatchObject([{ accessKeyId: pair.accessKeyId, enabled: true }]);
  });

  test('permissions are told apart: none, read_only, read_write, a prefix', async () => {
    const { s3 } = await newKey({ bucketAccess: [{ bucketName: photos, permissions: 'read_only' }] });
    expect(await s3Outcome(readHello(s3, photos))).toBe('ok');
    expect(await s3Outcome(s3.putObject(photos, 'x', 'x'))).toBe('AccessDenied');
    const nothing = await newKey({ bucketAccess: [{ bucketName: photos, permissions: 'none' }] });
    expect(await s3Outcome(readHello(nothing.s3, photos))).toBe('AccessDenied');
    const prefixed = await newKey({
      bucketAccess: [{ bucketName: photos, permissions: 'read_write', prefixes: ['2026/'] }],
    });
    expect(await s3Outcome(prefixed.s3.putObject(photos, '2026/a', 'x'))).toBe('ok');
    expect(await s3Outcome(prefixed.s3.putObject(photos, '2027/a', 'x'))).toBe('AccessDenied');
    expect(await s3Outcome(readHello(prefixed.s3, photos))).toBe('AccessDenied');
  });

  test('a key with no rights at all is issued, and may do nothing', async () => {
    await bed.api.patch(storeRef(name), { spec: { everyKeyMay: [] } });
    const { s3 } = await newKey({ bucketAccess: [{ bucketName: photos, permissions: 'none' }] });
    expect(await s3Outcome(readHello(s3, photos))).toBe('AccessDenied');
    await bed.api.patch(storeRef(name), { spec: { everyKeyMay: ['ListBuckets'] } });
  });

  test('an unrestricted key has every bucket', async () => {
    const ref = await conformance.accessKey(namespace, name, {});
    await ready(bed, ref);
    const s3 = s3Client(store, await readPair(bed, secretOf(ref)));
    await s3.putObject(logs, 'unrestricted', 'content');
    expect(await s3Outcome(readHello(s3, photos))).toBe('ok');
  });

  test('an edit changes the permissions in place, and the key works on meanwhile', async () => {
    const { ref, pair, s3 } = await newKey();
    const { use } = await inUse(
      () => readHello(s3, photos),
      () =>
        edit(ref, {
          bucketAccess: [
            { bucketName: photos, permissions: 'read_only' },
            { bucketName: logs, permissions: 'read_only' },
          ],
        }),
    );
    expect(use.refusals).toEqual([]);
    expect(await s3Outcome(readHello(s3, logs))).toBe('ok');
    expect(await s3Outcome(s3.putObject(photos, 'x', 'x'))).toBe('AccessDenied');
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
  });

  test('a disabled key is refused, and works again with its pair', async () => {
    const { ref, pair, s3 } = await newKey();
    await bed.api.patch(ref, { spec: { disabled: true } });
    await reason(bed, ref, 'Disabled');
    expect(await s3Outcome(readHello(s3, photos))).not.toBe('ok');
    await edit(ref, { disabled: false });
    expect(await s3Outcome(readHello(s3, photos))).toBe('ok');
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
  });

  test('a rotation gives a new pair, and the old one lives through its grace', async () => {
    const { ref, pair, s3 } = await newKey({ rotation: { gracePeriod: '1h' } });
    const { use } = await inUse(
      () => readHello(s3, photos),
      () => edit(ref, { keyGeneration: 2 }),
    );
    expect(use.refusals).toEqual([]);
    const next = await readPair(bed, secretOf(ref));
    expect(next.accessKeyId).not.toBe(pair.accessKeyId);
    expect(await s3Outcome(readHello(s3Client(store, next), photos))).toBe('ok');
    expect(await usersOf(ref)).toHaveLength(2);
    await edit(ref, { bucketAccess: [{ bucketName: logs, permissions: 'read_only' }] });
    expect(await s3Outcome(readHello(s3, photos))).toBe('AccessDenied');
    expect(await s3Outcome(readHello(s3, logs))).toBe('ok');
    expect(await s3Outcome(readHello(s3Client(store, next), logs))).toBe('ok');
  });

  test('a rotation without grace ends the old pair', async () => {
    const { ref, s3 } = await newKey({ rotation: { gracePeriod: '0s' } });
    await edit(ref, { keyGeneration: 2 });
    await until('the old pair is refused', async () => (await s3Outcome(readHello(s3, photos))) !== 'ok');
    expect(await usersOf(ref)).toHaveLength(1);
  });

  test('a deleted key ends at once, with its user, and no other key does', async () => {
    const { ref, s3 } = await newKey();
    const other = await newKey();
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    expect(await s3Outcome(readHello(s3, photos))).not.toBe('ok');
    expect(await usersOf(ref)).toEqual([]);
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
    expect(await s3Outcome(readHello(other.s3, photos))).toBe('ok');
  });

  test('an expired key is refused, and the object stays', async () => {
    const { ref, s3 } = await newKey();
    await bed.api.patch(ref, { spec: { expiresAt: new Date(Date.now() + 2_000).toISOString() } });
    await reason(bed, ref, 'Expired');
    expect(await s3Outcome(readHello(s3, photos))).not.toBe('ok');
    expect(await usersOf(ref)).toEqual([]);
  });

  test('a user that is lost in the store is replaced', async () => {
    const { ref, pair } = await newKey();
    await store.admin.removeUser(pair.accessKeyId);
    await bed.api.patch(ref, { metadata: { annotations: { touched: 'yes' } }, spec: { label: 'again' } });
    const now = await until('another user', async () => {
      const [user] = await usersOf(ref);
      return user;
    });
    await ready(bed, ref);
    expect(now.accessKeyId === pair.accessKeyId).toBe(kind.capabilities.choosesPairs);
    const s3 = s3Client(store, await readPair(bed, secretOf(ref)));
    expect(await s3Outcome(readHello(s3, photos))).toBe('ok');
  });

  test('a name that is used again inherits nothing', async () => {
    const { ref, pair } = await newKey();
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    await bed.api.create({ ...ref, spec: { storeRef: { name }, limited: true } });
    await ready(bed, ref);
    const next = await readPair(bed, secretOf(ref));
    expect(next.accessKeyId).not.toBe(pair.accessKeyId);
    expect(await s3Outcome(readHello(s3Client(store, next), photos))).toBe('AccessDenied');
  });

  test('a field that the kind of store can not honor is refused by name', async () => {
    const ref = await conformance.accessKey(namespace, name, {
      limited: true,
      bucketAccess: [{ bucketName: photos, permissions: 'read_only' }],
      importFrom: { secretName: 'absent' },
    });
    // The store grants nobody to take over users.
    const { message } = await reason(
      bed,
      ref,
      kind.capabilities.importsUsers ? 'GrantDenied' : 'NotSupported',
    );
    expect(message).toContain('importFrom');
  });
});
