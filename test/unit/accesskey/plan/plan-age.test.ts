/** Plans that follow from the age of a pair: its interval, and the age that the store's grants allow (rule 13). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secretNameOf } from '../../../../src/accesskey/secret/facts.ts';
import { ANNOTATION_ISSUED_AT } from '../../../../src/api/names.ts';
import { change } from '../../support/accesskey-changes.ts';
import { EVENTS } from '../../support/accesskey-events.ts';
import { accessKeyOf, grantOf, HOUR } from '../../support/accesskey-fixtures.ts';
import {
  currentId,
  issuedWorld,
  newWorld,
  pass,
  stepsOf,
  type World,
  works,
} from '../../support/accesskey-world.ts';

const REISSUE = ['putUser', 'attachPolicy', 'prove', 'publish'];
const MAX_AGE = 72 * HOUR;

/** Issued under a maxAge of three days. */
function aged(rotation: { interval?: string; gracePeriod: string } = { gracePeriod: '24h' }): World {
  const world = newWorld(accessKeyOf({ spec: { rotation } }));
  world.grants = [grantOf({ maxAge: '72h' })];
  pass(world);
  return world;
}

const annotatedTime = (world: World) =>
  world.secrets.get(secretNameOf(world.accessKey))?.metadata.annotations?.[ANNOTATION_ISSUED_AT];
const enabledIds = (world: World) => [...world.users].filter(([, { enabled }]) => enabled).map(([id]) => id);

describe('an interval', () => {
  test('replaces the pair when it is over, and the status says when the next one is', () => {
    const world = issuedWorld(accessKeyOf({ spec: { rotation: { interval: '10h', gracePeriod: '1h' } } }));
    const old = currentId(world);
    const next = Date.parse(world.accessKey.status.nextRotationAt ?? '');
    expect(next).toBeGreaterThan(world.now + 8.9 * HOUR);
    expect(next).toBeLessThanOrEqual(world.now + 10 * HOUR);
    world.now = next - 1_000;
    expect(stepsOf(world)).toEqual([]);
    world.now += 2_000;
    expect(stepsOf(world)).toEqual(REISSUE);
    pass(world);
    expect(world.accessKey.status.previousKeys?.map((key) => key.accessKeyId)).toEqual([old]);
    expect(Date.parse(world.accessKey.status.nextRotationAt ?? '')).toBeGreaterThan(world.now + 8.9 * HOUR);
  });

  test('that was over many times means one rotation', () => {
    const world = issuedWorld(accessKeyOf({ spec: { rotation: { interval: '10h', gracePeriod: '1h' } } }));
    world.now += 10_000 * HOUR;
    pass(world);
    expect(stepsOf(world)).toEqual([]);
  });

  test('that is over waits for a clock that can be trusted, and the key says so', () => {
    const world = issuedWorld(accessKeyOf({ spec: { rotation: { interval: '10h', gracePeriod: '1h' } } }));
    world.now += 10 * HOUR;
    world.clockTrusted = false;
    expect(pass(world)).toMatchObject({ reason: 'ClockSkew', steps: [] });
    world.clockTrusted = true;
    expect(stepsOf(world)).toEqual(REISSUE);
  });

  test('says nothing of a key that is disabled', () => {
    const world = issuedWorld(accessKeyOf({ spec: { rotation: { interval: '10h', gracePeriod: '1h' } } }));
    change.spec(world, { disabled: true });
    world.now += 10 * HOUR;
    pass(world);
    expect(world.accessKey.status.nextRotationAt).toBeUndefined();
    expect(stepsOf(world)).toEqual([]);
    change.spec(world, { disabled: false });
    pass(world);
    expect(works(world)).toBe(true);
    expect(world.accessKey.status.previousKeys).toHaveLength(1);
  });
});

describe('a maximum age', () => {
  test('replaces the pair a grace before its end, and the old one dies at its end', () => {
    const world = aged();
    const old = currentId(world) ?? '';
    const madeAt = world.now;
    world.now = Date.parse(world.accessKey.status.nextRotationAt ?? '') + 1_000;
    expect(world.now).toBeLessThanOrEqual(madeAt + 48 * HOUR + 1_000);
    pass(world);
    expect(currentId(world)).not.toBe(old);
    expect(world.users.has(old)).toBe(true);
    world.now += 24 * HOUR;
    pass(world);
    expect(world.users.has(old)).toBe(false);
    expect(world.now - madeAt).toBeLessThan(MAX_AGE);
  });

  test('lets no previous key outlive it, however long the grace', () => {
    const world = aged({ gracePeriod: '168h' });
    const madeAt = world.now;
    world.now += 20 * HOUR;
    change.spec(world, { keyGeneration: 2 });
    pass(world);
    // The grace is at most half of the age.
    expect(world.accessKey.status.previousKeys?.[0]?.revokeAt).toBe(
      new Date(madeAt + 56 * HOUR).toISOString(),
    );
  });

  test('that is granted later ends what is older, previous keys too', () => {
    const world = issuedWorld(accessKeyOf({ spec: { rotation: { gracePeriod: '168h' } } }));
    const [first] = [currentId(world) ?? ''];
    world.now += 50 * HOUR;
    change.spec(world, { keyGeneration: 2 });
    pass(world);
    world.now += 21 * HOUR;
    world.grants = [grantOf({ maxAge: '72h' })];
    pass(world);
    expect(world.accessKey.status.previousKeys).toEqual([
      { accessKeyId: first, revokeAt: new Date(world.now + HOUR).toISOString() },
    ]);
    world.now += 2 * HOUR;
    pass(world);
    expect(world.users.has(first)).toBe(false);
    expect(works(world)).toBe(true);
  });

  test('that is over already leaves no grace: the old pair goes first', () => {
    const world = aged();
    world.now += MAX_AGE;
    expect(stepsOf(world)).toEqual(['removeUser', ...REISSUE]);
    pass(world);
    expect(works(world)).toBe(true);
    expect(world.users.size).toBe(1);
  });

  test.each<[string, (world: World) => void, string]>([
    [
      'a template cannot be filled in',
      (world) => EVENTS['its template cannot be filled in']?.(world),
      'SecretRejected',
    ],
    [
      'a foreign Secret has the name',
      (world) => {
        change.spec(world, { secretName: 'taken' });
        change.foreignSecret(world);
      },
      'SecretConflict',
    ],
    [
      'the Secret is made foreign',
      (world) => change.secretMetadata(world, { ownerReferences: [], labels: {} }),
      'SecretConflict',
    ],
    [
      "the Secret names another's user, and the status is lost",
      (world) => {
        change.secretMetadata(world, { ownerReferences: [] });
        change.secretData(world, { AWS_ACCESS_KEY_ID: 'STRANGER' });
        change.status(world, { observedGeneration: -1 });
      },
      'SecretConflict',
    ],
    [
      'what it asks for is too large',
      (world) => EVENTS['it asks for more than a policy holds']?.(world),
      'PolicyTooLarge',
    ],
  ])('ends the pair even if %s', (_what, happens, reason) => {
    const world = aged();
    const id = currentId(world) ?? '';
    happens(world);
    expect(pass(world).reason).toBe(reason);
    world.now += MAX_AGE - 1;
    pass(world);
    world.now += 1;
    const plan = pass(world);
    expect(plan.reason).toBe(reason);
    // What was in force before a request that is too large went on with another pair in time.
    expect(plan.event?.reason).toBe(reason === 'PolicyTooLarge' ? undefined : 'Revoked');
    expect(world.users.get(id)).toBeUndefined();
    const again = stepsOf(world).filter((step) => step === 'removeUser');
    expect(again).toEqual([]);
  });

  test('does not make a pair again that was ended for it', () => {
    const world = aged();
    world.now += MAX_AGE;
    change.removeUser(world);
    expect(stepsOf(world)).toEqual(REISSUE);
  });

  test('enables nobody whom somebody disabled in the store', () => {
    const world = aged();
    change.user(world, { enabled: false });
    world.now += 2 * MAX_AGE;
    expect(pass(world).reason).toBe('DisabledInStore');
    expect(enabledIds(world)).toEqual([]);
    expect(world.users.size).toBe(1);
  });

  test('takes nothing away by a clock that cannot be trusted', () => {
    const world = aged();
    world.now += MAX_AGE;
    world.clockTrusted = false;
    expect(pass(world)).toMatchObject({ reason: 'ClockSkew', steps: [] });
    expect(works(world)).toBe(true);
  });
});

test('a time of issue that was forged is put right by what the store says', () => {
  const world = issuedWorld();
  const issuedAt = annotatedTime(world);
  world.now += HOUR;
  EVENTS['the pair is made out to be new']?.(world);
  expect(stepsOf(world)).toEqual(['publish']);
  pass(world);
  expect(annotatedTime(world)).toBe(issuedAt);
  expect(world.accessKey.status.issuedAt).toBe(issuedAt);
});

test('no pair outlives its maximum age, whatever its owner does', () => {
  // Other hands than the store's administrators': those can attach a user anew, and then nobody knows its age.
  const names = Object.keys(EVENTS).filter(
    (event) => !/clock|grant|detached|attached|cluster|policy|group/.test(event),
  );
  const some = fc.array(fc.constantFrom(...names), { maxLength: 8 });
  fc.assert(
    fc.property(some, some, (before, after) => {
      const world = aged();
      for (const event of before) EVENTS[event]?.(world);
      pass(world);
      world.now += 50 * HOUR;
      for (const event of after) EVENTS[event]?.(world);
      if (pass(world).reason === 'StoreConflict') return;
      for (const [id, { enabled, attachedAt = world.now }] of world.users) {
        if (enabled) expect({ id, age: world.now - attachedAt < MAX_AGE }).toEqual({ id, age: true });
      }
    }),
    { numRuns: 3_000 },
  );
});
