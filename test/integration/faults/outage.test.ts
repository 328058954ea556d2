/**
 * A store that is away: what is in force stays, what waits says why, other stores are served, and its return is enough.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Minio } from '../../bed/minio.ts';
import {
  edit,
  expectRevoked,
  fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  secretOf,
  storeReady,
  type TestStore,
  until,
  usersOf,
} from '../support/fixtures.ts';
import { type Rules, rulesFor } from '../support/rules.ts';
import { IMPATIENT } from '../support/timings.ts';

const outage = await fixtures('outage', IMPATIENT);
const { bed, cluster } = outage;
afterAll(outage.end);

/** From the store's return on, for everything that waited for it. */
const AFTER_RETURN = { timeoutMs: 15_000 };
/** A frozen store is known as such when a request and then the store's own check have had no answer in their time. */
const NOTICED = { timeoutMs: 60_000 };

const mayRead = limitedKey({ photos: 'read_only' });
const mayWrite = limitedKey({ photos: 'read_write' });

let namespace = '';
let minio: Minio;
let store: TestStore;
let elsewhere: TestStore;
let rules: Rules;

beforeAll(async () => {
  minio = await bed.startMinio();
  [store, elsewhere, namespace] = await Promise.all([
    outage.store({ minio }),
    outage.store(),
    outage.namespace(),
  ]);
  const root = { accessKeyId: minio.rootUser, secretAccessKey: minio.rootPassword };
  await s3Client(minio, root).makeBucket('photos');
  rules = await rulesFor(outage, { stores: [store, elsewhere], namespaces: [namespace] });
  await outage.operator();
});

function keys(count: number, of = store): Promise<NamespacedRef[]> {
  return Promise.all(Array.from({ length: count }, () => outage.accessKey(namespace, of, mayRead)));
}

async function readyKeys(count: number, of = store): Promise<NamespacedRef[]> {
  const refs = await keys(count, of);
  await Promise.all(refs.map((ref) => ready(bed, ref)));
  return refs;
}

/** Returns the outcome of a write with the key's pair. */
async function write(ref: NamespacedRef): Promise<string> {
  const s3 = s3Client(minio, await readPair(bed, secretOf(ref)));
  return s3Outcome(s3.putObject('photos', ref.metadata.name, 'content'));
}

async function resourceVersions(refs: readonly NamespacedRef[]): Promise<(string | undefined)[]> {
  return (await Promise.all(refs.map((ref) => bed.api.get(ref)))).map((key) => key?.metadata.resourceVersion);
}

/** The deletion goes on as soon as the store is back, and leaves nothing. */
async function expectGone(ref: NamespacedRef): Promise<void> {
  await bed.api.waitGone(ref, AFTER_RETURN);
  await expectRevoked(store, policyOf(cluster, ref), []);
  expect(await usersOf(store, cluster, ref)).toEqual([]);
}

/** Ready with a pair that works and with no other user. */
async function expectIssued(ref: NamespacedRef): Promise<void> {
  await ready(bed, ref, AFTER_RETURN);
  const pair = await readPair(bed, secretOf(ref));
  expect(await store.admin.probe(pair)).toMatchObject({ kind: 'works' });
  const ids = async () => (await usersOf(store, cluster, ref)).map(({ accessKeyId }) => accessKeyId);
  await until(
    'alone in the store',
    async () => (await ids()).join() === pair.accessKeyId,
    AFTER_RETURN.timeoutMs,
  );
}

describe.each([
  ['stopped', /refuses connections/, () => minio.stop(), () => minio.start()],
  ['frozen', /did not answer|no answer/, () => minio.pause(), () => minio.resume()],
])('a store that is %s', (_, cause, takeAway, bringBack) => {
  test('keeps what is in force, and does what came meanwhile when it is back', async () => {
    const inForce = await readyKeys(3);
    const [edited, doomed] = await readyKeys(2);
    if (!edited || !doomed) throw new Error('no keys');
    const before = await resourceVersions(inForce);

    await takeAway();
    const [made] = await keys(1);
    if (!made) throw new Error('no key');
    await edit(bed, edited, mayWrite);
    await bed.api.delete(doomed);
    // Not after the outage has been noticed: from its first moment.
    const [served] = await keys(1, elsewhere);
    if (!served) throw new Error('no key');
    await ready(bed, served, { timeoutMs: 5_000 });

    expect((await reason(bed, store.ref, 'StoreUnreachable', NOTICED)).message).toMatch(cause);
    for (const ref of [made, edited]) {
      expect((await reason(bed, ref, 'StoreUnreachable', NOTICED)).message).toMatch(cause);
    }
    const waiting = await bed.api.waitFor(doomed, 'waiting', (object) =>
      object?.status?.conditions?.find(
        ({ type, reason, message }) => type === 'Ready' && reason === 'Deleting' && cause.test(message ?? ''),
      ),
    );
    expect(waiting.message).toMatch(cause);
    // What isn't to be used any more isn't offered any more.
    expect(await bed.api.exists(secretOf(doomed))).toBe(false);
    expect(await bed.api.exists(secretOf(made))).toBe(false);
    expect(await resourceVersions(inForce)).toEqual(before);

    await bringBack();
    await Promise.all([expectIssued(made), expectGone(doomed), ready(bed, edited, AFTER_RETURN)]);
    await storeReady(bed, store.ref, AFTER_RETURN);
    expect(await write(edited)).toBe('ok');
    expect(await resourceVersions(inForce)).toEqual(before);
    for (const ref of inForce) await expectIssued(ref);
    await rules.hold();
  });

  test('in the middle of creations, edits and deletions loses none of them', async () => {
    const [edited, doomed] = await Promise.all([readyKeys(6), readyKeys(6)]);
    const made = await keys(6);
    await Promise.all([
      ...edited.map((ref) => edit(bed, ref, mayWrite)),
      ...doomed.map((ref) => bed.api.delete(ref)),
      takeAway(),
    ]);
    // At least this one has work that the store doesn't do.
    const [late] = await keys(1);
    if (!late) throw new Error('no key');
    await reason(bed, late, 'StoreUnreachable', NOTICED);
    await bringBack();
    await Promise.all([
      ...[...made, late].map(expectIssued),
      ...doomed.map(expectGone),
      ...edited.map((ref) => ready(bed, ref, AFTER_RETURN)),
    ]);
    for (const ref of edited) expect(await write(ref)).toBe('ok');
    await rules.hold();
  });
});
