/**
 * The promises of every store for its keys, tested by the API and an S3 client alone. A kind of store's capabilities say
 * what it can't do; a test fails if its behavior disagrees.
 */
import type { Client } from 'minio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  eventNotes,
  fixtures,
  inUse,
  readHello,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  samePair,
  secretOf,
  storeRef,
  until,
} from '../integration/support/fixtures.ts';
import { startReader } from '../integration/support/reader.ts';
import { describeSuite } from './suite.ts';

const conformance = await fixtures('conform');
const { bed } = conformance;
afterAll(conformance.end);
beforeAll(() => conformance.operator());

describeSuite(conformance, { resyncInterval: '1m' }, (suite) => {
  test('a new key has the access of its spec, and no other', async () => {
    const { s3, ref, accessKey, pair } = await suite.newKey();
    expect(accessKey.status.accessKeyId).toBe(pair.accessKeyId);
    await s3.putObject(suite.photos, 'new', 'content');
    expect(await s3Outcome(s3.removeObject(suite.photos, 'new'))).toBe('ok');
    expect(await s3Outcome(readHello(s3, suite.logs))).toBe('AccessDenied');
    expect((await s3.listBuckets()).map((one) => one.name)).toEqual(
      expect.arrayContaining([suite.photos, suite.logs]),
    );
    expect(await suite.usersOf(ref)).toMatchObject([{ accessKeyId: pair.accessKeyId, enabled: true }]);
  });

  test('permissions none, read_only, read_write and a prefix differ', async () => {
    const { s3 } = await suite.newKey({
      bucketAccess: [{ bucketName: suite.photos, permissions: 'read_only' }],
    });
    expect(await s3Outcome(readHello(s3, suite.photos))).toBe('ok');
    expect(await s3Outcome(s3.putObject(suite.photos, 'x', 'x'))).toBe('AccessDenied');
    const nothing = await suite.newKey({ bucketAccess: [{ bucketName: suite.photos, permissions: 'none' }] });
    expect(await s3Outcome(readHello(nothing.s3, suite.photos))).toBe('AccessDenied');
    const prefixed = await suite.newKey({
      bucketAccess: [{ bucketName: suite.photos, permissions: 'read_write', prefixes: ['2026/'] }],
    });
    expect(await s3Outcome(prefixed.s3.putObject(suite.photos, '2026/a', 'x'))).toBe('ok');
    expect(await s3Outcome(prefixed.s3.putObject(suite.photos, '2027/a', 'x'))).toBe('AccessDenied');
    expect(await s3Outcome(readHello(prefixed.s3, suite.photos))).toBe('AccessDenied');
  });

  test('a key with no rights at all is issued, and may do nothing', async () => {
    await bed.api.patch(storeRef(suite.name), { spec: { everyKeyMay: [] } });
    const { s3 } = await suite.newKey({ bucketAccess: [{ bucketName: suite.photos, permissions: 'none' }] });
    expect(await s3Outcome(readHello(s3, suite.photos))).toBe('AccessDenied');
    await bed.api.patch(storeRef(suite.name), { spec: { everyKeyMay: ['ListBuckets'] } });
  });

  test('an unrestricted key has every bucket', async () => {
    const ref = await conformance.accessKey(suite.namespace, suite.name, {});
    await ready(bed, ref);
    const s3 = s3Client(suite.store, await readPair(bed, secretOf(ref)));
    await s3.putObject(suite.logs, 'unrestricted', 'content');
    expect(await s3Outcome(readHello(s3, suite.photos))).toBe('ok');
  });

  test('an edit changes the permissions in place, and the key works on meanwhile', async () => {
    const { ref, pair, s3 } = await suite.newKey();
    const { use } = await inUse(
      () => readHello(s3, suite.photos),
      () =>
        suite.edit(ref, {
          bucketAccess: [
            { bucketName: suite.photos, permissions: 'read_only' },
            { bucketName: suite.logs, permissions: 'read_only' },
          ],
        }),
    );
    expect(use.refusals).toEqual([]);
    expect(await s3Outcome(readHello(s3, suite.logs))).toBe('ok');
    expect(await s3Outcome(s3.putObject(suite.photos, 'x', 'x'))).toBe('AccessDenied');
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
  });

  test('a disabled key is refused, and works again with its pair', async () => {
    const { ref, pair, s3 } = await suite.newKey();
    await bed.api.patch(ref, { spec: { disabled: true } });
    await reason(bed, ref, 'Disabled');
    expect(await s3Outcome(readHello(s3, suite.photos))).not.toBe('ok');
    await suite.edit(ref, { disabled: false });
    expect(await s3Outcome(readHello(s3, suite.photos))).toBe('ok');
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
  });

  test('a rotation gives a new pair, and the old one lives through its grace', async () => {
    const { ref, pair, s3 } = await suite.newKey({ rotation: { gracePeriod: '1h' } });
    const { use } = await inUse(
      () => readHello(s3, suite.photos),
      () => suite.edit(ref, { keyGeneration: 2 }),
    );
    expect(use.refusals).toEqual([]);
    const next = await readPair(bed, secretOf(ref));
    expect(next.accessKeyId).not.toBe(pair.accessKeyId);
    expect(await s3Outcome(readHello(s3Client(suite.store, next), suite.photos))).toBe('ok');
    expect(await suite.usersOf(ref)).toHaveLength(2);
    await suite.edit(ref, { bucketAccess: [{ bucketName: suite.logs, permissions: 'read_only' }] });
    expect(await s3Outcome(readHello(s3, suite.photos))).toBe('AccessDenied');
    expect(await s3Outcome(readHello(s3, suite.logs))).toBe('ok');
    expect(await s3Outcome(readHello(s3Client(suite.store, next), suite.logs))).toBe('ok');
  });

  test('an application that reads its Secret again is never refused while its pair is replaced', async () => {
    const { ref, pair } = await suite.newKey();
    const work = (client: Client) => readHello(client, suite.photos);
    const application = await startReader(bed, secretOf(ref), work, { store: suite.store, ratePerS: 20 });
    const ids = new Set([application.accessKeyId]);
    // One more than the previous pairs that a key has at most: the first one ends while the others work.
    for (let keyGeneration = 2; keyGeneration <= 5; keyGeneration += 1) {
      await suite.edit(ref, { keyGeneration });
      await until('taken up', async () => !ids.has(application.accessKeyId));
      ids.add(application.accessKeyId);
      const { requests } = application;
      await until('in use', async () => application.requests >= requests + 3);
    }
    await application.stop();
    expect(application.refusals).toEqual([]);
    expect(await suite.read(pair)).not.toBe('ok');
    const users = (await suite.usersOf(ref)).map(({ accessKeyId }) => accessKeyId);
    expect(users.sort()).toEqual([...ids].filter((id) => id !== pair.accessKeyId).sort());
  });

  test('a rotation without grace ends the old pair', async () => {
    const { ref, s3, accessKey } = await suite.newKey({ rotation: { gracePeriod: '0s' } });
    await readHello(s3, suite.photos);
    await suite.edit(ref, { keyGeneration: 2 });
    await until(
      'the old pair is refused',
      async () => (await s3Outcome(readHello(s3, suite.photos))) !== 'ok',
    );
    expect(await suite.usersOf(ref)).toHaveLength(1);
    const notes = () => eventNotes(bed, accessKey.metadata.uid, suite.namespace, 'PreviousKeyRevoked');
    const [note] = await until('an Event says so', async () => {
      const found = await notes();
      return found.length > 0 && found;
    });
    expect(/; it was last used at 20\d\d-/.test(String(note))).toBe(suite.kind.capabilities.tellsLastUse);
  });

  test('a deleted key ends at once, with its user, and no other key does', async () => {
    const { ref, s3 } = await suite.newKey();
    const other = await suite.newKey();
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    expect(await s3Outcome(readHello(s3, suite.photos))).not.toBe('ok');
    expect(await suite.usersOf(ref)).toEqual([]);
    expect(await bed.api.exists(secretOf(ref))).toBe(false);
    expect(await s3Outcome(readHello(other.s3, suite.photos))).toBe('ok');
  });

  test('an expired key is refused, and the object stays', async () => {
    const { ref, s3 } = await suite.newKey();
    await bed.api.patch(ref, { spec: { expiresAt: new Date(Date.now() + 2_000).toISOString() } });
    await reason(bed, ref, 'Expired');
    expect(await s3Outcome(readHello(s3, suite.photos))).not.toBe('ok');
    expect(await suite.usersOf(ref)).toEqual([]);
  });

  test('a user that is lost in the store is replaced', async () => {
    const { ref, pair } = await suite.newKey();
    await suite.store.admin.removeUser(pair.accessKeyId);
    await bed.api.patch(ref, { metadata: { annotations: { touched: 'yes' } }, spec: { label: 'again' } });
    const now = await until('another user', async () => {
      const [user] = await suite.usersOf(ref);
      return user;
    });
    await ready(bed, ref);
    expect(now.accessKeyId === pair.accessKeyId).toBe(suite.kind.capabilities.restoresPairs);
    const s3 = s3Client(suite.store, await readPair(bed, secretOf(ref)));
    expect(await s3Outcome(readHello(s3, suite.photos))).toBe('ok');
  });

  test('a name that is used again inherits nothing', async () => {
    const { ref, pair } = await suite.newKey();
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    await bed.api.create({ ...ref, spec: { storeRef: { name: suite.name }, limited: true } });
    await ready(bed, ref);
    const next = await readPair(bed, secretOf(ref));
    expect(next.accessKeyId).not.toBe(pair.accessKeyId);
    expect(await s3Outcome(readHello(s3Client(suite.store, next), suite.photos))).toBe('AccessDenied');
  });

  test("the store's status says what it can do", async () => {
    const shown = await bed.api.get(storeRef(suite.name));
    const { restoresPairs, choosesPairs: _, settlesWithinMs, ...others } = suite.kind.capabilities;
    expect(settlesWithinMs).toBe(0);
    expect(shown?.status?.['capabilities']).toEqual({
      pairs: restoresPairs ? 'Operator' : 'Store',
      ...JSON.parse(JSON.stringify(others)),
    });
  });

  test('a policy is as long as the store takes, and longer ones are refused', async () => {
    const bucketAccess = Array.from({ length: 40 }, (_, at) => ({
      bucketName: `bucket-that-need-not-exist-${at}`,
      permissions: 'read_only' as const,
    }));
    const ref = await conformance.accessKey(suite.namespace, suite.name, { limited: true, bucketAccess });
    if (suite.kind.capabilities.maxPolicyBytes < 5_000) await reason(bed, ref, 'PolicyTooLarge');
    else await ready(bed, ref);
  });
});
