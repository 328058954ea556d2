import { describe, expect, test } from 'vitest';
import { ANNOTATION_ENDPOINT } from '../../../../src/api/names.ts';
import { decodeMark } from '../../../../src/ownership/mark.ts';
import { change } from '../../support/accesskey-changes.ts';
import { grantOf, HOUR } from '../../support/accesskey-fixtures.ts';
import {
  currentId,
  issuedWorld,
  newWorld,
  pass,
  stepsOf,
  type World,
  works,
} from '../../support/accesskey-world.ts';

const flagsOf = (world: World) => [
  ...(decodeMark(world.policies.get(world.policyName)?.mark ?? '')?.flags ?? []),
];

describe('a grant', () => {
  const withdrawn = (world: World) => {
    world.grants = [];
  };

  test('that was never given leaves nothing behind', () => {
    const world = newWorld();
    withdrawn(world);
    expect(pass(world)).toMatchObject({ reason: 'GrantDenied', steps: [] });
    expect(world.policies.size).toBe(0);
  });

  test('that is withdrawn disables the users, the mark first, and giving it back restores the same pair', () => {
    const world = issuedWorld();
    const id = currentId(world);
    change.spec(world, { keyGeneration: 2 });
    pass(world);
    withdrawn(world);
    expect(stepsOf(world)).toEqual(['writePolicy', 'setUserEnabled', 'setUserEnabled']);
    expect(pass(world).reason).toBe('GrantDenied');
    expect([...world.users.values()].map(({ enabled }) => enabled)).toEqual([false, false]);
    expect(flagsOf(world)).toEqual(['disabled']);
    world.grants = [grantOf()];
    expect(stepsOf(world)).toEqual(['setUserEnabled', 'setUserEnabled', 'writePolicy', 'prove']);
    pass(world);
    expect(works(world)).toBe(true);
    expect(world.users.get(id ?? '')?.enabled).toBe(true);
    expect(flagsOf(world)).toEqual([]);
  });

  test.each<[string, (world: World) => void]>([
    ['deletes the Secret', change.deleteSecret],
    [
      'strips the Secret of owner and labels',
      (world) => change.secretMetadata(world, { ownerReferences: [], labels: {} }),
    ],
    [
      'names a Secret that is taken',
      (world) => {
        change.spec(world, { secretName: 'taken' });
        change.foreignSecret(world);
      },
    ],
    ['edits the issuing endpoint', (world) => change.annotation(world, ANNOTATION_ENDPOINT, 'https://other')],
    [
      'puts a stranger into the Secret',
      (world) => change.secretData(world, { AWS_ACCESS_KEY_ID: 'STRANGER' }),
    ],
    [
      'asks for nonsense',
      (world) => change.spec(world, { bucketAccess: [{ bucketName: '*', permissions: 'read_only' }] }),
    ],
  ])('that is withdrawn disables the users even when somebody %s', (_what, happens) => {
    const world = issuedWorld();
    happens(world);
    withdrawn(world);
    expect(pass(world).reason).toBe('GrantDenied');
    expect([...world.users.values()].filter(({ enabled }) => enabled)).toEqual([]);
  });

  test('that is withdrawn from what is in force is not evaded by a request that is too large', () => {
    const world = issuedWorld();
    const bucketAccess = Array.from({ length: 100 }, (_, number) => ({
      bucketName: `new-${number}`,
      permissions: 'read_write' as const,
      prefixes: Array.from({ length: 5 }, (__, index) => `${index}${'x'.repeat(60)}/`),
    }));
    change.spec(world, { bucketAccess });
    expect(pass(world).reason).toBe('PolicyTooLarge');
    expect(works(world)).toBe(true);
    world.grants = [grantOf({ buckets: ['new-*'] })];
    expect(pass(world).reason).toBe('PolicyTooLarge');
    expect([...world.users.values()].filter(({ enabled }) => enabled)).toEqual([]);
  });

  test('that does not cover an edit leaves in force what was', () => {
    const world = issuedWorld();
    world.grants = [grantOf({ buckets: ['photos'] })];
    pass(world);
    change.spec(world, { bucketAccess: [{ bucketName: 'payroll', permissions: 'read_only' }] });
    expect(pass(world)).toMatchObject({ reason: 'GrantDenied', steps: [] });
    expect(works(world)).toBe(true);
    expect(world.accessKey.status.permissions).toEqual([{ bucketName: 'photos', permissions: 'read_write' }]);
  });

  test('does not make its own what somebody widened in the store', () => {
    const world = issuedWorld();
    world.grants = [grantOf({ buckets: ['photos'] })];
    pass(world);
    change.widenPolicy(world);
    change.spec(world, { bucketAccess: [{ bucketName: 'payroll', permissions: 'read_only' }] });
    pass(world);
    expect(JSON.stringify(world.policies.get(world.policyName))).not.toContain('payroll');
  });
});

describe('a key that somebody disabled in the store', () => {
  test.each<[string, (world: World) => void]>([
    ['its Secret is deleted', change.deleteSecret],
    ['its Secret is edited', (world) => change.secretData(world, { AWS_SECRET_ACCESS_KEY: 'x' })],
    ['it is to be rotated', (world) => change.spec(world, { keyGeneration: 2 })],
    ['it is moved', (world) => change.spec(world, { secretName: 'moved' })],
    [
      'it is disabled and enabled by its spec',
      (world) => {
        change.spec(world, { disabled: true });
        pass(world);
        change.spec(world, { disabled: false });
      },
    ],
  ])('gets no pair that works when %s', (_what, happens) => {
    const world = issuedWorld();
    change.user(world, { enabled: false });
    happens(world);
    expect(pass(world).reason).toBe('DisabledInStore');
    expect([...world.users.values()].filter(({ enabled }) => enabled)).toEqual([]);
  });
});

test('a replaced user that a dead process has half removed goes, and the key is not taken for disabled', () => {
  const world = issuedWorld();
  const old = currentId(world) ?? '';
  const [status, user] = [structuredClone(world.accessKey.status), world.users.get(old)];
  change.spec(world, { keyGeneration: 2, rotation: { gracePeriod: '0s' } });
  pass(world);
  expect(world.users.has(old)).toBe(false);
  // It died before it wrote the status.
  world.accessKey = { ...world.accessKey, status };
  if (user) world.users.set(old, { ...user, enabled: false });
  expect(pass(world).reason).toBe('Issued');
  expect([...world.users.keys()]).toEqual([currentId(world)]);
});

describe('a previous key', () => {
  function rotated(): { world: World; old: string } {
    const world = issuedWorld();
    const old = currentId(world) ?? '';
    change.spec(world, { keyGeneration: 2 });
    pass(world);
    return { world, old };
  }

  test('works for its grace, and then is removed', () => {
    const { world, old } = rotated();
    expect(world.accessKey.status.previousKeys).toEqual([
      { accessKeyId: old, revokeAt: '2026-11-24T12:00:00.000Z' },
    ]);
    world.now += 24 * HOUR - 1;
    expect(stepsOf(world)).toEqual([]);
    world.now += 1;
    expect(stepsOf(world)).toEqual(['removeUser', 'publish']);
    pass(world);
    expect([...world.users.keys()]).toEqual([currentId(world)]);
  });

  test('stays while the clock cannot be trusted, and the key says so', () => {
    const { world, old } = rotated();
    world.now += 24 * HOUR;
    world.clockTrusted = false;
    expect(pass(world)).toMatchObject({ reason: 'ClockSkew', steps: [] });
    expect(world.users.has(old)).toBe(true);
  });

  test.each<[string, (world: World) => void, string]>([
    ['it is disabled by its spec', (world) => change.spec(world, { disabled: true }), 'Disabled'],
    [
      'somebody disabled it in the store',
      (world) => change.user(world, { enabled: false }),
      'DisabledInStore',
    ],
    ['its grant is withdrawn', (world) => void world.grants.splice(0), 'GrantDenied'],
    [
      'its Secret is foreign',
      (world) => change.secretMetadata(world, { ownerReferences: [], labels: {} }),
      'SecretConflict',
    ],
    ['its user is in a group', (world) => change.user(world, { groups: ['staff'] }), 'StoreConflict'],
  ])('ends in its time even if %s', (_what, happens, reason) => {
    const { world, old } = rotated();
    happens(world);
    world.now += 24 * HOUR;
    expect(pass(world).reason).toBe(reason);
    expect(world.users.has(old)).toBe(false);
    expect(stepsOf(world)).toEqual([]);
  });

  test('is one of at most three: the oldest goes first', () => {
    const world = issuedWorld();
    const ids: string[] = [];
    for (let generation = 2; generation <= 6; generation += 1) {
      ids.push(currentId(world) ?? '');
      world.now += HOUR;
      change.spec(world, { keyGeneration: generation });
      pass(world);
    }
    expect(world.accessKey.status.previousKeys?.map((key) => key.accessKeyId)).toEqual(
      ids.slice(-3).reverse(),
    );
    expect([...world.users.keys()].sort()).toEqual([...ids.slice(-3), currentId(world)].sort());
  });
});

test('a pair whose secret was edited while its user was disabled is not published as one that works', () => {
  const world = issuedWorld();
  change.spec(world, { disabled: true });
  pass(world);
  change.secretData(world, { AWS_SECRET_ACCESS_KEY: 'edited' });
  change.spec(world, { disabled: false });
  expect(stepsOf(world)).toEqual(['setUserEnabled', 'writePolicy', 'prove', 'publish']);
  pass(world);
  expect(works(world)).toBe(true);
});
