import { describe, expect, test } from 'vitest';
import { decodeMark } from '../../src/accesskey/mark.ts';
import type { Step } from '../../src/accesskey/step.ts';
import {
  ANNOTATION_ENDPOINT,
  ANNOTATION_PAIR_DIGEST,
  ANNOTATION_PREVIOUS_KEYS,
} from '../../src/api/names.ts';
import { grantOf, HOUR } from './accesskey-fixtures.ts';
import {
  change,
  currentId,
  issuedWorld,
  newWorld,
  pass,
  planOf,
  type World,
  works,
} from './accesskey-world.ts';

const stepsOf = (world: World) => planOf(world).steps.map((step) => step.do);
const idsOf = (world: World, what: Step['do']) =>
  planOf(world).steps.flatMap((step) =>
    step.do === what && 'accessKeyId' in step ? [step.accessKeyId] : [],
  );
const flagsOf = (world: World) => [
  ...(decodeMark(world.policies.get(world.policyName)?.id ?? '')?.flags ?? []),
];

const ISSUE = ['writePolicy', 'putUser', 'attachPolicy', 'prove', 'publish'];
const REISSUE = ISSUE.slice(1);

describe('a creation', () => {
  test('proves a pair before it publishes it', () => {
    const world = newWorld();
    const plan = planOf(world);
    expect(plan.steps.map((step) => step.do)).toEqual(ISSUE);
    expect(plan).toMatchObject({ reason: 'Issued', event: { reason: 'Issued' } });
    pass(world);
    expect(works(world)).toBe(true);
    expect(stepsOf(world)).toEqual([]);
  });

  test('asks by a dry run first where the API server has refused the Secret before', () => {
    const world = newWorld();
    const time = '2026-11-23T12:00:00Z';
    const refused = {
      type: 'Ready',
      status: 'False',
      reason: 'SecretRejected',
      message: '',
      lastTransitionTime: time,
    } as const;
    change.status(world, { observedGeneration: 1, conditions: [refused] });
    expect(stepsOf(world)).toEqual(['tryPublish', ...ISSUE]);
  });

  test('that was cut off goes on, and removes what was made in vain', () => {
    const world = issuedWorld();
    change.deleteSecret(world);
    change.status(world, { observedGeneration: -1 });
    expect(stepsOf(world)).toEqual([...REISSUE, 'removeUser']);
    pass(world);
    expect(world.users.size).toBe(1);
    expect(works(world)).toBe(true);
  });
});

describe('a key that is in force', () => {
  test.each<[string, (world: World) => void, string[], string]>([
    ['nothing happened', () => {}, [], 'Issued'],
    ['its Secret was deleted', change.deleteSecret, REISSUE, 'Issued'],
    [
      'its secret was edited',
      (world) => change.secretData(world, { AWS_SECRET_ACCESS_KEY: 'x' }),
      REISSUE,
      'Issued',
    ],
    [
      "its id was edited to a stranger's",
      (world) => change.secretData(world, { AWS_ACCESS_KEY_ID: 'minioadmin' }),
      REISSUE,
      'Issued',
    ],
    [
      'its digest was edited and the pair works',
      (world) => change.annotation(world, ANNOTATION_PAIR_DIGEST, 'x'),
      ['publish'],
      'Issued',
    ],
    [
      'its owner was removed',
      (world) => change.secretMetadata(world, { ownerReferences: [] }),
      ['publish'],
      'Issued',
    ],
    [
      'its labels were removed',
      (world) => change.secretMetadata(world, { labels: {} }),
      ['publish'],
      'Issued',
    ],
    [
      'its endpoint was edited',
      (world) => change.secretData(world, { AWS_ENDPOINT_URL_S3: 'x' }),
      ['publish'],
      'Issued',
    ],
    [
      'its user is missing',
      change.removeUser,
      ['putUser', 'attachPolicy', 'revokeSessions', 'prove'],
      'Issued',
    ],
    [
      'its user was detached',
      (world) => change.user(world, { policies: [] }),
      ['attachPolicy', 'prove'],
      'Issued',
    ],
    ['its user was disabled', (world) => change.user(world, { enabled: false }), [], 'DisabledInStore'],
    [
      'its user was disabled and detached',
      (world) => change.user(world, { enabled: false, policies: [] }),
      [],
      'DisabledInStore',
    ],
    [
      'its user is attached to more',
      (world) => change.user(world, { policies: [world.policyName, 'readwrite'] }),
      [],
      'StoreConflict',
    ],
    [
      'its user is attached to something else',
      (world) => change.user(world, { policies: ['readwrite'] }),
      [],
      'StoreConflict',
    ],
    ['its user is in a group', (world) => change.user(world, { groups: ['staff'] }), [], 'StoreConflict'],
    ['its policy was edited', change.widenPolicy, ['writePolicy'], 'Issued'],
    [
      'its policy is missing',
      (world) => void world.policies.delete(world.policyName),
      ['writePolicy'],
      'Issued',
    ],
    ['its policy lost its mark', change.unmark, ['writePolicy'], 'Issued'],
    ["its policy is another cluster's", change.otherCluster, [], 'StoreConflict'],
    ['its status was lost', (world) => change.status(world, { observedGeneration: -1 }), [], 'Issued'],
    ['its label was edited', (world) => change.spec(world, { label: 'new' }), ['writePolicy'], 'Issued'],
    ['it asks for less', (world) => change.spec(world, { bucketAccess: [] }), ['writePolicy'], 'Issued'],
    [
      'it was moved to another Secret',
      (world) => change.spec(world, { secretName: 'moved' }),
      ['publish', 'removeSecret'],
      'Issued',
    ],
    ['it is to be rotated', (world) => change.spec(world, { keyGeneration: 2 }), REISSUE, 'Issued'],
    ['a crash left a user', (world) => void change.addUser(world), ['removeUser'], 'Issued'],
    [
      'it is disabled',
      (world) => change.spec(world, { disabled: true }),
      ['writePolicy', 'setUserEnabled'],
      'Disabled',
    ],
    [
      'its endpoint is another one',
      (world) => {
        world.store = { ...world.store, endpoint: 'https://other', publicEndpoint: 'https://other' };
      },
      [],
      'StoreNotReady',
    ],
  ])('when %s', (_what, happens, steps, reason) => {
    const world = issuedWorld();
    happens(world);
    expect({ reason: planOf(world).reason, steps: stepsOf(world) }).toEqual({ reason, steps });
    pass(world);
    expect(stepsOf(world)).toEqual([]);
    if (reason === 'Issued') expect(works(world)).toBe(true);
  });

  test('keeps its pair through edits of its label, buckets and Secret name', () => {
    const world = issuedWorld();
    const id = currentId(world);
    change.spec(world, {
      label: 'new',
      bucketAccess: [{ bucketName: 'logs', permissions: 'read_only' }],
      secretName: 'moved',
    });
    pass(world);
    expect(currentId(world)).toBe(id);
    expect([...world.secrets.keys()]).toEqual(['moved']);
  });
});

describe("what is somebody else's", () => {
  test('a foreign Secret is neither written nor removed, and nothing is made beside it', () => {
    const world = newWorld();
    change.foreignSecret(world);
    expect(pass(world)).toMatchObject({ reason: 'SecretConflict', steps: [] });
  });

  test('a Secret with our label and a pair that is not ours is not taken for ours', () => {
    const world = issuedWorld();
    world.users.set('STRANGER', { secretAccessKey: 'x', enabled: true, policies: ['readwrite'], groups: [] });
    change.secretMetadata(world, { ownerReferences: [] });
    change.secretData(world, { AWS_ACCESS_KEY_ID: 'STRANGER', AWS_SECRET_ACCESS_KEY: 'x' });
    expect(planOf(world)).toMatchObject({ reason: 'SecretConflict', steps: [] });
  });

  test("another cluster's policy and users are not touched, not even beside a foreign Secret", () => {
    const world = issuedWorld();
    change.otherCluster(world);
    change.addUser(world, { policies: [world.policyName] });
    change.deleteSecret(world);
    change.foreignSecret(world);
    change.status(world, { observedGeneration: -1 });
    expect(planOf(world)).toMatchObject({ reason: 'StoreConflict', steps: [] });
  });

  test("no annotation has a stranger's user enabled or removed", () => {
    const world = issuedWorld();
    world.users.set('STRANGER', {
      secretAccessKey: 'x',
      enabled: false,
      policies: ['readwrite'],
      groups: [],
    });
    change.spec(world, { disabled: true });
    pass(world);
    change.annotation(
      world,
      ANNOTATION_PREVIOUS_KEYS,
      '[{"accessKeyId":"STRANGER","revokeAt":"2026-12-01T00:00:00Z"}]',
    );
    change.spec(world, { disabled: false });
    pass(world);
    expect(world.users.get('STRANGER')).toEqual({
      secretAccessKey: 'x',
      enabled: false,
      policies: ['readwrite'],
      groups: [],
    });
    expect(works(world)).toBe(true);
  });

  test('a current pair that an annotation calls a previous one is not revoked', () => {
    const world = issuedWorld();
    const id = currentId(world);
    change.annotation(
      world,
      ANNOTATION_PREVIOUS_KEYS,
      JSON.stringify([{ accessKeyId: id, revokeAt: '2026-01-01T00:00:00Z' }]),
    );
    expect(stepsOf(world)).toEqual(['publish']);
    pass(world);
    expect(currentId(world)).toBe(id);
    expect(works(world)).toBe(true);
  });
});

describe('a name that is used again', () => {
  test('inherits nothing: who had its policy is removed before it is written', () => {
    const world = issuedWorld();
    const old = currentId(world);
    change.deleteSecret(world);
    change.anew(world);
    expect(stepsOf(world)).toEqual(['removeUser', ...ISSUE]);
    expect(idsOf(world, 'removeUser')).toEqual([old]);
    pass(world);
    expect(world.users.has(old ?? '')).toBe(false);
  });

  test('keeps the pair in a Secret that is its own by label', () => {
    const world = issuedWorld();
    const id = currentId(world);
    change.secretMetadata(world, { ownerReferences: [] });
    change.anew(world);
    pass(world);
    expect(currentId(world)).toBe(id);
    expect(works(world)).toBe(true);
  });

  test('takes nothing from a policy without a mark while no Secret is its own', () => {
    const world = issuedWorld();
    change.unmark(world);
    change.deleteSecret(world);
    change.status(world, { observedGeneration: -1 });
    expect(stepsOf(world).slice(0, 2)).toEqual(['removeUser', 'writePolicy']);
  });

  test('keeps its pair where its policy lost the mark while it moves to another Secret', () => {
    const world = issuedWorld();
    const id = currentId(world);
    change.unmark(world);
    change.spec(world, { secretName: 'moved' });
    pass(world);
    expect(currentId(world)).toBe(id);
    expect(works(world)).toBe(true);
  });
});

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
  ])('that is withdrawn is withdrawn all the same when somebody %s', (_what, happens) => {
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
    expect(stepsOf(world)).toEqual(['publish', 'removeUser']);
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
  ])('ends in its time even where %s', (_what, happens, reason) => {
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

test('every step says why', () => {
  const world = newWorld();
  for (const step of planOf(world).steps) expect(step.why).not.toBe('');
});
