import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MAX_SKEW_MS,
  type PairAge,
  pairTime,
  recordedTime,
} from '../../../../src/accesskey/rotation/pair-age.ts';
import { boundedPreviousKeys } from '../../../../src/accesskey/rotation/previous-keys.ts';
import {
  graceMs,
  latestEnd,
  nextRotationAt,
  rotationDue,
  rotationTime,
} from '../../../../src/accesskey/rotation/rotation.ts';
import type { SecretFacts } from '../../../../src/accesskey/secret/facts.ts';
import { type PreviousKey, recordText } from '../../../../src/accesskey/secret/previous-record.ts';
import {
  ANNOTATION_ISSUED_AT,
  ANNOTATION_KEY_GENERATION,
  ANNOTATION_PREVIOUS_KEYS,
  ANNOTATION_ROTATE_AT,
} from '../../../../src/api/names.ts';
import type { AccessKey } from '../../../../src/api/schema/accesskey.ts';
import { accessKeyOf, HOUR, NOW } from '../../support/accesskey-fixtures.ts';

const ID = 'AKOAAAAAAAABBBBBBBBB';
const iso = (time: number) => new Date(time).toISOString();
const DAY = 24 * HOUR;

interface AgeRecords {
  /** The time in the Secret's annotation. */
  readonly annotation?: string | undefined;
  readonly status?: AccessKey['status'];
  readonly attachedAt?: number | undefined;
  readonly previous?: readonly PreviousKey[];
  /** The time at which the store attached `a`, a previous user. */
  readonly previousAttachedAt?: number;
  readonly rotation?: AccessKey['spec']['rotation'];
  readonly maxAgeMs?: number | undefined;
  readonly rotateAt?: string;
  readonly clockTrusted?: boolean;
  readonly uid?: string;
}

function ageOf(told: AgeRecords): PairAge {
  const { annotation, status, attachedAt, rotation, maxAgeMs, rotateAt, clockTrusted = true, uid } = told;
  const annotations = {
    ...(annotation !== undefined && { [ANNOTATION_ISSUED_AT]: annotation }),
    [ANNOTATION_KEY_GENERATION]: '1',
    ...(told.previous && { [ANNOTATION_PREVIOUS_KEYS]: recordText(told.previous) }),
  };
  const facts: SecretFacts = {
    metadata: { name: 'photo-uploader', uid: 's', resourceVersion: '1', creationTimestamp: '', annotations },
    accessKeyId: ID,
    digest: undefined,
    endpoint: undefined,
    region: undefined,
    templatedDigest: undefined,
    isWrittenHere: true,
  };
  const accessKey = accessKeyOf({
    spec: rotation ? { rotation } : {},
    ...(status && { status }),
    metadata: { ...(uid && { uid }), ...(rotateAt && { annotations: { [ANNOTATION_ROTATE_AT]: rotateAt } }) },
  });
  const users = new Map(
    Object.entries({ [ID]: attachedAt, a: told.previousAttachedAt }).map(([id, time]) => [
      id,
      time === undefined ? undefined : { attachedAt: time },
    ]),
  );
  return { accessKey, facts, users, now: NOW, clockTrusted, maxAgeMs };
}

describe('the time of a pair', () => {
  const status = (issuedAt: string, accessKeyId = ID) => ({ observedGeneration: 1, accessKeyId, issuedAt });
  test.each<[string, AgeRecords, number]>([
    ['is what the Secret says', { annotation: iso(NOW - HOUR) }, NOW - HOUR],
    [
      'is what the store says, if that is earlier',
      { annotation: iso(NOW - HOUR), attachedAt: NOW - DAY },
      NOW - DAY,
    ],
    [
      'is what the Secret says, if the user was attached again',
      { annotation: iso(NOW - DAY), attachedAt: NOW - HOUR },
      NOW - DAY,
    ],
    ['is what the store says, if the Secret says nothing', { attachedAt: NOW - DAY }, NOW - DAY],
    [
      'is what the store says, if the Secret says no time',
      { annotation: 'soon', attachedAt: NOW - DAY },
      NOW - DAY,
    ],
    [
      'is what the status says, if that is earlier',
      { annotation: iso(NOW), status: status(iso(NOW - DAY)) },
      NOW - DAY,
    ],
    [
      'is not what the status says of another pair',
      { annotation: iso(NOW - HOUR), status: status(iso(NOW - DAY), 'X') },
      NOW - HOUR,
    ],
    ['is now, if nothing says it', {}, NOW],
    ['is not to come', { annotation: '9999-01-01T00:00:00Z', attachedAt: NOW + DAY }, NOW],
  ])('%s', (_what, told, time) => {
    expect(pairTime(ageOf(told))).toBe(time);
    expect(Date.parse(recordedTime(ageOf(told)))).toBe(time);
  });

  test('is not written anew for a store whose clock is a little behind', () => {
    const told = { annotation: iso(NOW - HOUR), attachedAt: NOW - HOUR - MAX_SKEW_MS };
    expect(recordedTime(ageOf(told))).toBe(told.annotation);
    expect(recordedTime(ageOf({ ...told, attachedAt: told.attachedAt - 1 }))).toBe(iso(told.attachedAt - 1));
  });

  test('is what was recorded, while the clock cannot be trusted', () => {
    const annotation = iso(NOW + DAY);
    expect(recordedTime(ageOf({ annotation, clockTrusted: false }))).toBe(annotation);
  });

  test('never gets later by anything that a tenant writes', () => {
    const text = fc.oneof(fc.date({ noInvalidDate: true }).map(String), fc.string(), fc.constant(undefined));
    fc.assert(
      fc.property(text, text, fc.nat(), (annotation, issuedAt, since) => {
        const attachedAt = NOW - since;
        const age = ageOf({ annotation, attachedAt, ...(issuedAt && { status: status(issuedAt) }) });
        expect(pairTime(age)).toBeLessThanOrEqual(attachedAt);
        expect(Date.parse(recordedTime(age))).toBeLessThanOrEqual(attachedAt + MAX_SKEW_MS);
      }),
    );
  });
});

describe('a grace', () => {
  test.each([
    [undefined, undefined, 24],
    ['0s', undefined, 0],
    ['48h', undefined, 48],
    ['9999h', undefined, 168],
    ['no time', undefined, 24],
    ['168h', 72, 36],
    [undefined, 2, 1],
    ['30m', 2, 0.5],
  ])('of %s with a maxAge of %s h lasts %s h', (gracePeriod, maxAge, hours) => {
    const accessKey = accessKeyOf({ spec: gracePeriod === undefined ? {} : { rotation: { gracePeriod } } });
    expect(graceMs(accessKey, maxAge && maxAge * HOUR)).toBe(hours * HOUR);
  });
});

describe('a rotation', () => {
  const made = (hoursAgo: number) => ({ annotation: iso(NOW - hoursAgo * HOUR) });
  const interval = (text: string, gracePeriod = '1h') => ({ rotation: { interval: text, gracePeriod } });
  test.each<[string, AgeRecords, string | undefined]>([
    ['nothing asks for it', made(9_000), undefined],
    ['the interval is not over', { ...made(647), ...interval('720h') }, undefined],
    ['the interval is over', { ...made(720), ...interval('720h') }, 'spec.rotation.interval has passed'],
    ['the age is not reached', { ...made(0.88 * 71), ...interval('720h'), maxAgeMs: 72 * HOUR }, undefined],
    [
      'the age less the grace is reached',
      { ...made(71), ...interval('720h'), maxAgeMs: 72 * HOUR },
      "it reaches the age that the store's grants allow",
    ],
    [
      'the grace is half of the age',
      { ...made(36), maxAgeMs: 72 * HOUR, rotation: { gracePeriod: '168h' } },
      "it reaches the age that the store's grants allow",
    ],
    [
      'the interval is shorter than the age',
      { ...made(10), ...interval('10h'), maxAgeMs: 72 * HOUR },
      'spec.rotation.interval has passed',
    ],
    ['the interval is shorter than any may be', { ...made(0.5), ...interval('1s') }, undefined],
    ['the interval cannot be read', { ...made(9_000), ...interval('a year') }, undefined],
    [
      'an annotation asks for it',
      { ...made(1), rotateAt: iso(NOW) },
      'the annotation accesskeys.dev/rotate-at asks for it',
    ],
    ['an annotation asked for it before the pair', { ...made(1), rotateAt: iso(NOW - 2 * HOUR) }, undefined],
    ['an annotation asks for it later', { ...made(1), rotateAt: iso(NOW + 1) }, undefined],
  ])('comes if it should, and says why: %s', (_what, told, why) => {
    const age = ageOf(told);
    expect(rotationDue(age)?.why).toBe(why);
    expect(rotationTime(age) <= NOW).toBe(why !== undefined);
  });

  const told = fc.record({
    uid: fc.uuid(),
    maxAgeMs: fc.option(fc.integer({ min: 2 * HOUR, max: 9_000 * HOUR }), { nil: undefined }),
    rotation: fc.record({
      interval: fc.integer({ min: 1, max: 8_760 }).map((hours) => `${hours}h`),
      gracePeriod: fc.integer({ min: 0, max: 200 }).map((hours) => `${hours}h`),
    }),
    annotation: fc.integer({ min: 0, max: 9_000 }).map((hours) => iso(NOW - hours * HOUR)),
  });

  test('comes at a time of its own, up to a tenth of the period early and never later', () => {
    fc.assert(
      fc.property(told, (some) => {
        const age = ageOf(some);
        const grace = graceMs(age.accessKey, some.maxAgeMs);
        const interval = Number.parseInt(some.rotation.interval, 10) * HOUR;
        const period = Math.min(interval, (some.maxAgeMs ?? Number.POSITIVE_INFINITY) - grace);
        const time = rotationTime(age) - Date.parse(some.annotation);
        expect(time).toBeLessThanOrEqual(period);
        expect(time).toBeGreaterThanOrEqual(period * 0.9 - 1);
        expect(rotationTime(age) + grace).toBeLessThanOrEqual(latestEnd(age));
      }),
    );
  });

  test('is announced in the status when it will come, with the same time in each pass', () => {
    fc.assert(
      fc.property(told, (some) => {
        const age = ageOf(some);
        const next = nextRotationAt(
          age.accessKey,
          { accessKeyId: ID, issuedAt: some.annotation },
          some.maxAgeMs,
        );
        expect(next).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        expect(Date.parse(next ?? '')).toBe(Math.floor(rotationTime(age) / 1_000) * 1_000);
      }),
    );
  });

  test('comes at different times for keys that were made together', () => {
    const times = Array.from({ length: 100 }, (_, n) =>
      rotationTime(ageOf({ uid: `uid-${n}`, ...made(0), ...interval('1000h') })),
    );
    const [first = 0, last = 0] = [Math.min(...times), Math.max(...times)];
    expect(new Set(times).size).toBe(100);
    expect(last - first).toBeGreaterThan(80 * HOUR);
  });

  test('is not announced for a time after the end of the key, or if nothing asks for it', () => {
    const pair = { accessKeyId: ID, issuedAt: iso(NOW) };
    const ending = (hours: number) =>
      accessKeyOf({ spec: { ...interval('10h'), expiresAt: iso(NOW + hours * HOUR) } });
    expect(nextRotationAt(ending(9), pair, undefined)).toBeUndefined();
    expect(nextRotationAt(ending(10), pair, undefined)).toBeDefined();
    expect(nextRotationAt(accessKeyOf(), pair, undefined)).toBeUndefined();
  });
});

describe('previous keys', () => {
  const previous = [{ accessKeyId: 'a', revokeAt: '9999-01-01T00:00:00Z' }];
  const inGrace = { annotation: iso(NOW - HOUR), rotation: { gracePeriod: '48h' }, previous };
  test.each<[string, Partial<AgeRecords>, number]>([
    ['the grace after the current pair', {}, NOW + 47 * HOUR],
    [
      'the grace from now, if the pair claims a time in the future',
      { annotation: iso(NOW + DAY) },
      NOW + 2 * DAY,
    ],
    ['half of the maximum age after it', { maxAgeMs: 72 * HOUR }, NOW + 35 * HOUR],
    ['its own age', { maxAgeMs: 72 * HOUR, previousAttachedAt: NOW - 71 * HOUR }, NOW + HOUR],
    ['its own age, long past', { maxAgeMs: 72 * HOUR, previousAttachedAt: NOW - 99 * HOUR }, NOW - 27 * HOUR],
  ])('live no longer than %s', (_what, some, end) => {
    const bounded = boundedPreviousKeys(ageOf({ ...inGrace, ...some }));
    expect(bounded).toEqual([{ accessKeyId: 'a', revokeAt: iso(end) }]);
  });

  test('end as they are recorded, if that is earlier', () => {
    const earlier = [{ accessKeyId: 'a', revokeAt: iso(NOW) }];
    const age = ageOf({ ...inGrace, previous: earlier, maxAgeMs: 72 * HOUR, previousAttachedAt: NOW });
    expect(boundedPreviousKeys(age)).toEqual(earlier);
  });
});
