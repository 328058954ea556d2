import { describe, expect, test } from 'vitest';
import type { Step } from '../../../../src/accesskey/plan/step.ts';
import { ANNOTATION_PAIR_DIGEST, ANNOTATION_PREVIOUS_KEYS } from '../../../../src/api/names.ts';
import { IAM } from '../../../../src/provider/iam/traits.ts';
import { change } from '../../support/accesskey-changes.ts';
import {
  currentId,
  issuedWorld,
  newWorld,
  pass,
  planOf,
  stepsOf,
  type World,
  works,
} from '../../support/accesskey-world.ts';

const idsOf = (world: World, what: Step['do']) =>
  planOf(world).steps.flatMap((step) =>
    step.do === what && 'accessKeyId' in step ? [step.accessKeyId] : [],
  );

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

  test('asks by a dry run first if the API server has refused the Secret before', () => {
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

  test.each([
    ['was made', (): string[] => [], ['attachPolicy', 'prove', 'publish']],
    ['has its policy', (world: World) => [world.policyName], ['prove', 'publish']],
    ['has another policy too', (world: World) => [world.policyName, 'other'], REISSUE],
  ])('continues the last try of the pair: its user %s', (_, policiesOf, steps) => {
    const world = issuedWorld();
    const id = currentId(world) ?? '';
    const user = world.users.get(id);
    if (!user) throw new Error('the world has no user');
    change.deleteSecret(world);
    change.status(world, { observedGeneration: -1 });
    world.users.set(id, { ...user, policies: policiesOf(world) });
    const pair = { accessKeyId: id, secretAccessKey: user.secretAccessKey };
    expect(planOf(world, pair).steps.map((step) => step.do)).toEqual(steps);
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
    [
      'a crash left a user',
      (world) => void change.addUser(world),
      ['blockLatePublish', 'removeUser'],
      'Issued',
    ],
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
  ])('is synced when %s', (_what, happens, steps, reason) => {
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

test('a store that chooses the pairs itself replaces a user that is missing by one with a new pair', () => {
  const world = issuedWorld();
  change.removeUser(world);
  const { store } = world;
  const plan = planOf({ ...world, store: { ...store, capabilities: IAM.capabilities } });
  expect(plan.reason).toBe('Issued');
  expect(plan.steps.map((step) => step.do)).toEqual(REISSUE);
});

describe('the plan', () => {
  test('neither writes nor removes a foreign Secret, and makes nothing beside it', () => {
    const world = newWorld();
    change.foreignSecret(world);
    expect(pass(world)).toMatchObject({ reason: 'SecretConflict', steps: [] });
  });

  test('removes a Secret of an earlier AccessKey of this name, and then issues a pair', () => {
    const world = issuedWorld();
    const before = currentId(world);
    const uid = crypto.randomUUID();
    world.accessKey = {
      ...world.accessKey,
      metadata: { ...world.accessKey.metadata, uid },
      status: { observedGeneration: 0 },
    };
    expect(planOf(world)).toMatchObject({ reason: 'SecretConflict', steps: [{ do: 'removeSecret' }] });
    pass(world);
    expect(world.secrets.size).toBe(0);
    expect(pass(world).reason).toBe('Issued');
    expect(currentId(world)).not.toBe(before);
    expect([...world.users.keys()]).toEqual([currentId(world)]);
  });

  test.each([
    ['name', { name: 'other' }],
    ['kind', { kind: 'Deployment' }],
    ['group', { apiVersion: 'apps/v1' }],
  ])('leaves a Secret whose owner has another %s', (_, other) => {
    const world = issuedWorld();
    const [owner] = world.secrets.get(world.accessKey.metadata.name)?.metadata.ownerReferences ?? [];
    if (!owner) throw new Error('no owner');
    change.secretMetadata(world, { ownerReferences: [{ ...owner, uid: 'another', ...other }] });
    expect(planOf(world).reason).toBe('SecretConflict');
    expect(planOf(world).steps.filter((step) => step.do === 'removeSecret')).toEqual([]);
  });

  test("takes no Secret for the operator's by its label if the pair is somebody else's", () => {
    const world = issuedWorld();
    world.users.set('STRANGER', { secretAccessKey: 'x', enabled: true, policies: ['readwrite'], groups: [] });
    change.secretMetadata(world, { ownerReferences: [] });
    change.secretData(world, { AWS_ACCESS_KEY_ID: 'STRANGER', AWS_SECRET_ACCESS_KEY: 'x' });
    expect(planOf(world)).toMatchObject({ reason: 'SecretConflict', steps: [] });
  });

  test("never touches another cluster's policy and users, not even beside a foreign Secret", () => {
    const world = issuedWorld();
    change.otherCluster(world);
    change.addUser(world, { policies: [world.policyName] });
    change.deleteSecret(world);
    change.foreignSecret(world);
    change.status(world, { observedGeneration: -1 });
    expect(planOf(world)).toMatchObject({ reason: 'StoreConflict', steps: [] });
  });

  test("never enables or removes a stranger's user because of an annotation", () => {
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

  test('does not revoke a current pair that an annotation calls a previous one', () => {
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

  test('keeps its pair if its policy lost the mark while it moves to another Secret', () => {
    const world = issuedWorld();
    const id = currentId(world);
    change.unmark(world);
    change.spec(world, { secretName: 'moved' });
    pass(world);
    expect(currentId(world)).toBe(id);
    expect(works(world)).toBe(true);
  });
});

test('every step says why', () => {
  const world = newWorld();
  for (const step of planOf(world).steps) expect(step.why).not.toBe('');
});
