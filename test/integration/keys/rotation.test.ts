/**
 * Pairs are replaced in time: by their interval, and by the age that the store's grants allow, whatever their owner
 * writes. A pair is made old by what the Secret says, which can only make it older, or by a store that shows it as
 * attached earlier than it was.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANNOTATION_ISSUED_AT, ANNOTATION_PAUSED, ANNOTATION_PREVIOUS_KEYS } from '../../../src/api/names.ts';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Operator } from '../../bed/operator.ts';
import { type FaultProxy, startProxy } from '../../bed/proxy.ts';
import { type AgedStore, agedStore } from '../support/aged-store.ts';
import {
  edit,
  fixtures,
  limitedKey,
  type NamespacedRef,
  readPair,
  ready,
  reason,
  s3Client,
  s3Outcome,
  secretOf,
  type TestStore,
  touch,
  until,
  usersOf,
} from '../support/fixtures.ts';

const rotation = await fixtures('rotation');
const { bed, cluster } = rotation;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const granted = (more: object = {}) => [
  { namespaces: { all: true }, buckets: ['*'], unrestricted: true, ...more },
];
const SPEC = limitedKey({ photos: 'read_only' });

let ns: string;
let store: TestStore;
/** Its grants have a maxAge of 2h, and the test sets the age of the users that it shows. */
let strict: TestStore;
let proxy: FaultProxy;
let aged: AgedStore;
let running: Operator;

beforeAll(async () => {
  const minio = await bed.startMinio();
  proxy = await startProxy(minio.endpoint);
  [ns, store, strict] = await Promise.all([
    rotation.namespace(),
    rotation.store(),
    rotation.store({ minio, endpoint: proxy.url, grants: granted({ maxAge: '2h' }) }),
  ]);
  aged = agedStore(proxy, strict.admin, minio.rootPassword);
  running = await rotation.operator();
});
afterAll(async () => {
  await rotation.end();
  await proxy.close();
});

type Spec = Partial<Omit<AccessKeySpec, 'storeRef'>>;
const iso = (time: number) => new Date(time).toISOString();
const works = (pair: Pair, of = store) => s3Outcome(s3Client(of.minio, pair).listBuckets());
const pairOf = (ref: NamespacedRef) => readPair(bed, secretOf(ref));
const annotate = (ref: NamespacedRef, name: string, value: string | null) =>
  bed.api.patch(ref, { metadata: { annotations: { [name]: value } } });
/** Makes the pair older, as far as its Secret goes. */
const backdate = (ref: NamespacedRef, ms: number) =>
  annotate(secretOf(ref), ANNOTATION_ISSUED_AT, iso(Date.now() - ms));
const patchStatus = (ref: NamespacedRef, status: object) =>
  bed.api.patch(ref, { status }, { subresource: 'status' });

async function issued(spec: Spec, of = store): Promise<{ ref: NamespacedRef; pair: Pair }> {
  const ref = await rotation.accessKey(ns, of, { ...SPEC, ...spec });
  await ready(bed, ref);
  return { ref, pair: await pairOf(ref) };
}

/** Waits for another pair in the Secret and in the status; gives it. */
function replaced(ref: NamespacedRef, before: Pair, timeoutMs = 30_000): Promise<Pair> {
  const another = async () => {
    const now = await pairOf(ref);
    const { status } = await ready(bed, ref);
    return now.accessKeyId !== before.accessKeyId && status.accessKeyId === now.accessKeyId && now;
  };
  return until('another pair', another, timeoutMs);
}

/** Starts the operator anew: its first sweep brings what the store shows. */
async function restarted(): Promise<void> {
  running = await rotation.restart();
}

describe('an interval', () => {
  test('is told in the status, and replaces the pair; the old one goes on working', async () => {
    const { ref, pair } = await issued({ rotation: { interval: '1h', gracePeriod: '30m' } });
    const { issuedAt = '', nextRotationAt = '' } = (await ready(bed, ref)).status;
    const period = Date.parse(nextRotationAt) - Date.parse(issuedAt);
    expect(period).toBeGreaterThan(53.9 * MINUTE);
    expect(period).toBeLessThanOrEqual(HOUR);
    await backdate(ref, HOUR);
    const after = await replaced(ref, pair);
    expect([await works(pair), await works(after)]).toEqual(['ok', 'ok']);
    const { status } = await ready(bed, ref);
    expect(status.previousKeys?.map((key) => key.accessKeyId)).toEqual([pair.accessKeyId]);
    expect(Date.parse(status.nextRotationAt ?? '')).toBeGreaterThan(Date.now() + 53 * MINUTE);
  });

  test('that is added to a key, and taken away, changes what the status says and not the pair', async () => {
    const { ref, pair } = await issued({});
    expect((await ready(bed, ref)).status.nextRotationAt).toBeUndefined();
    await edit(bed, ref, { rotation: { interval: '720h' } });
    expect((await ready(bed, ref)).status.nextRotationAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    await edit(bed, ref, { rotation: { interval: null } });
    expect((await ready(bed, ref)).status.nextRotationAt).toBeUndefined();
    expect((await pairOf(ref)).accessKeyId).toBe(pair.accessKeyId);
  });

  test('that ends while no operator runs causes one rotation at its start', async () => {
    const { ref, pair } = await issued({ rotation: { interval: '1h', gracePeriod: '30m' } });
    await running.kill();
    await backdate(ref, 100 * HOUR);
    await restarted();
    const after = await replaced(ref, pair);
    await touch(bed, ref);
    await ready(bed, ref);
    expect((await pairOf(ref)).accessKeyId).toBe(after.accessKeyId);
    expect(await works(pair)).toBe('ok');
  });

  test('that ends while the store is away causes a rotation at its return', async () => {
    const { ref, pair } = await issued({ rotation: { interval: '1h', gracePeriod: '30m' } }, strict);
    await proxy.down();
    await backdate(ref, HOUR);
    await reason(bed, ref, 'StoreUnreachable', { timeoutMs: 60_000 });
    expect((await pairOf(ref)).accessKeyId).toBe(pair.accessKeyId);
    await proxy.up();
    const after = await replaced(ref, pair, 60_000);
    expect(await works(after, strict)).toBe('ok');
  });

  test('leaves a disabled or paused key alone until it is enabled or resumed', async () => {
    const rotate = { rotation: { interval: '1h', gracePeriod: '30m' } };
    const [disabled, paused] = await Promise.all([issued(rotate), issued(rotate)]);
    await bed.api.patch(disabled.ref, { spec: { disabled: true } });
    await annotate(paused.ref, ANNOTATION_PAUSED, 'true');
    await reason(bed, disabled.ref, 'Disabled');
    await reason(bed, paused.ref, 'Paused');
    for (const { ref } of [disabled, paused]) await backdate(ref, HOUR);
    await Promise.all([touch(bed, disabled.ref), touch(bed, paused.ref)]);
    await restarted();
    for (const { ref, pair } of [disabled, paused])
      expect((await pairOf(ref)).accessKeyId).toBe(pair.accessKeyId);
    await bed.api.patch(disabled.ref, { spec: { disabled: false } });
    await annotate(paused.ref, ANNOTATION_PAUSED, null);
    for (const { ref, pair } of [disabled, paused]) expect(await works(await replaced(ref, pair))).toBe('ok');
  });
});

describe('several rotations within one grace', () => {
  test('keep the last three pairs; the oldest goes first', async () => {
    const { ref, pair } = await issued({});
    const pairs = [pair];
    for (const keyGeneration of [2, 3, 4, 5]) {
      await edit(bed, ref, { keyGeneration });
      pairs.push(await replaced(ref, pairs.at(-1) ?? pair));
    }
    expect(await Promise.all(pairs.map((one) => works(one)))).toEqual([
      'InvalidAccessKeyId',
      ...['ok', 'ok', 'ok', 'ok'],
    ]);
    const { status } = await ready(bed, ref);
    const previous = pairs.slice(1, 4).map((one) => one.accessKeyId);
    expect(status.previousKeys?.map((key) => key.accessKeyId)).toEqual(previous.reverse());
    expect((await usersOf(store, cluster, ref)).length).toBe(4);
  });

  test('with a grace of 0s revoke the earlier pair each time, once the new one is published', async () => {
    const { ref, pair } = await issued({ rotation: { interval: '1h', gracePeriod: '0s' } });
    await backdate(ref, HOUR);
    const second = await replaced(ref, pair);
    expect([await works(pair), await works(second)]).toEqual(['InvalidAccessKeyId', 'ok']);
    expect((await ready(bed, ref)).status.previousKeys).toEqual([]);
  });
});

describe('a maximum age', () => {
  test('is kept whether or not the key asks for a rotation, with a grace of at most half of it', async () => {
    const { ref, pair } = await issued({ rotation: { gracePeriod: '168h' } }, strict);
    const { issuedAt = '', nextRotationAt = '' } = (await ready(bed, ref)).status;
    expect(Date.parse(nextRotationAt) - Date.parse(issuedAt)).toBeLessThanOrEqual(HOUR);
    const made = Date.now() - 90 * MINUTE;
    await annotate(secretOf(ref), ANNOTATION_ISSUED_AT, iso(made));
    await replaced(ref, pair);
    const { status } = await ready(bed, ref);
    // Its own end comes before that of the grace.
    expect(status.previousKeys).toEqual([{ accessKeyId: pair.accessKeyId, revokeAt: iso(made + 2 * HOUR) }]);
    expect(await works(pair, strict)).toBe('ok');
  });

  test('that a grant gets later counts for the keys that are there', async () => {
    const later = await rotation.store();
    const { ref } = await issued({}, later);
    const next = async () => (await ready(bed, ref)).status.nextRotationAt;
    expect(await next()).toBeUndefined();
    await bed.api.patch(later.ref, { spec: { grants: granted({ maxAge: '48h' }) } });
    const at = await until('announced', next);
    expect(Date.parse(at) - Date.now()).toBeLessThanOrEqual(24 * HOUR);
    await bed.api.patch(later.ref, { spec: { grants: granted() } });
    await until('taken back', async () => (await next()) === undefined);
  });

  test('cannot be evaded by annotations, status or grace: the store says how old a pair is', async () => {
    const { ref, pair } = await issued({ rotation: { gracePeriod: '168h' } }, strict);
    const year = iso(Date.now() + 8_760 * HOUR);
    await running.kill();
    const forge = async () => {
      await annotate(secretOf(ref), ANNOTATION_ISSUED_AT, year);
      await patchStatus(ref, { issuedAt: year, nextRotationAt: null });
    };
    await forge();
    // Its last seconds have begun.
    aged.age(pair.accessKeyId, 2 * HOUR - 15_000);
    await restarted();
    const after = await replaced(ref, pair);
    // From here on the old pair should live a year, if its owner had a say.
    const previous = [{ accessKeyId: pair.accessKeyId, revokeAt: year }];
    await annotate(secretOf(ref), ANNOTATION_PREVIOUS_KEYS, JSON.stringify(previous));
    await patchStatus(ref, { previousKeys: previous });
    await forge();
    await until('refused', async () => (await works(pair, strict)) === 'InvalidAccessKeyId', 60_000);
    const { attachedAt = 0 } = (await strict.admin.getUser(after.accessKeyId)) ?? {};
    await until('put right', async () => {
      const { status } = await ready(bed, ref);
      return status.previousKeys?.length === 0 && Date.parse(status.issuedAt ?? '') <= attachedAt + MINUTE;
    });
    expect(await works(after, strict)).toBe('ok');
    expect((await pairOf(ref)).accessKeyId).toBe(after.accessKeyId);
  });

  test('ends the pair on time even if another one cannot be issued', async () => {
    const frozen = await issued({}, strict);
    const moved = await issued({}, strict);
    const paused = await issued({}, strict);
    // Nobody can write this one any more; that one is to be where somebody else's is.
    await bed.api.patch(secretOf(frozen.ref), { immutable: true });
    const foreign = { ...secretOf(moved.ref), metadata: { namespace: ns, name: 'taken' } };
    await bed.api.create(foreign);
    await bed.api.patch(moved.ref, { spec: { secretName: 'taken' } });
    await reason(bed, moved.ref, 'SecretConflict');
    await annotate(paused.ref, ANNOTATION_PAUSED, 'true');
    await reason(bed, paused.ref, 'Paused');
    for (const { pair } of [frozen, moved, paused]) aged.age(pair.accessKeyId, 2 * HOUR);
    await restarted();
    for (const { pair } of [frozen, moved, paused])
      await until('refused', async () => (await works(pair, strict)) === 'InvalidAccessKeyId', 60_000);
    await reason(bed, frozen.ref, 'SecretRejected');
    await reason(bed, moved.ref, 'SecretConflict');
    await reason(bed, paused.ref, 'Paused');
    expect(await works(await pairOf(paused.ref), strict)).toBe('ok');
    // Each gets a pair as soon as one can be published.
    await bed.api.delete(secretOf(frozen.ref));
    await bed.api.delete(foreign);
    await touch(bed, moved.ref);
    for (const { ref } of [frozen, moved]) await ready(bed, ref, { timeoutMs: 60_000 });
    expect(await works(await pairOf(frozen.ref), strict)).toBe('ok');
    expect(await works(await readPair(bed, foreign), strict)).toBe('ok');
  });
});

describe('a clock that jumps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'accesskeys-clock-'));
  const file = join(folder, 'shift');
  const shift = (ms: number) => writeFileSync(file, String(ms));
  const shifted = {
    execArgv: ['--import', join(import.meta.dirname, '..', '..', 'bed', 'shifted-clock.ts')],
    env: { CLOCK_SHIFT_FILE: file },
  };
  afterAll(() => rmSync(folder, { recursive: true }));

  test('takes no step that depends on time, and loses nothing', async () => {
    shift(0);
    running = await rotation.restart(shifted);
    // By a clock that is ten minutes ahead, a grace is over here and an interval there.
    const replacedOnce = await issued({ rotation: { gracePeriod: '5m' } });
    await bed.api.patch(replacedOnce.ref, { spec: { keyGeneration: 2 } });
    const current = await replaced(replacedOnce.ref, replacedOnce.pair);
    const { previousKeys } = (await ready(bed, replacedOnce.ref)).status;
    const old = await issued({ rotation: { interval: '1h', gracePeriod: '5m' } });
    const { accessKeyId } = old.pair;
    await backdate(old.ref, 50 * MINUTE);
    const isNoted = async () => Date.now() - Date.parse((await ready(bed, old.ref)).status.issuedAt ?? '');
    await until('noted', async () => (await isNoted()) > 49 * MINUTE);
    const refs = [replacedOnce.ref, old.ref];
    const expectUntouched = async () => {
      // Time enough for whatever might be done.
      await sleep(1_000);
      expect((await pairOf(old.ref)).accessKeyId).toBe(accessKeyId);
      expect(await Promise.all([replacedOnce.pair, current, old.pair].map((pair) => works(pair)))).toEqual([
        'ok',
        'ok',
        'ok',
      ]);
    };

    for (const jump of [10 * MINUTE, 365 * 24 * HOUR, -2 * HOUR]) {
      shift(jump);
      await Promise.all(refs.map((ref) => touch(bed, ref)));
      // A clock that is further off signs what the store doesn't take; by one that is behind, nothing is due.
      if (jump === 10 * MINUTE) {
        for (const ref of refs) expect((await reason(bed, ref, 'ClockSkew')).message).toContain('clock');
      }
      await expectUntouched();
      shift(0);
      await Promise.all(refs.map((ref) => touch(bed, ref)));
      for (const ref of refs) await ready(bed, ref, { timeoutMs: 60_000 });
      await expectUntouched();
    }
    expect((await ready(bed, replacedOnce.ref)).status.previousKeys).toEqual(previousKeys);
    // What waited for the clock comes about with it.
    await backdate(old.ref, HOUR);
    expect(await works(await replaced(old.ref, old.pair))).toBe('ok');
    await restarted();
  }, 240_000);
});
