/** A key whose AccessKey or Secret the API server doesn't show: by cached facts, access is taken away and nothing else is done. */
import { describe, expect, test } from 'vitest';
import { planKey } from '../../../../src/accesskey/plan/plan.ts';
import { inBatches, type Plan, type Step } from '../../../../src/accesskey/plan/step.ts';
import { accessKeyOf, grantOf, HOUR } from '../../support/accesskey-fixtures.ts';
import {
  currentId,
  issuedWorld,
  makePair,
  newWorld,
  observe,
  planOf,
  type World,
} from '../../support/accesskey-world.ts';

const MESSAGE = 'get secrets shop/photos: 403 Forbidden; give the right';

function unreadPlan(world: World): Plan {
  const { secret, elsewhere, ...rest } = observe(world);
  const unread = { error: new Error('refused'), message: MESSAGE, lasts: true };
  const cached = secret && { ...secret, pair: undefined };
  const others = elsewhere.map((one) => ({ ...one, pair: undefined }));
  return planKey({ ...rest, secret: cached, elsewhere: others, unread }, () => expect.fail('makes a pair'));
}

const acts = (plan: Plan) => plan.steps.map((step) => step.do);

describe('a key in force that cannot be read live', () => {
  test('is left alone if it is as its spec says', () => {
    const plan = unreadPlan(issuedWorld());
    expect(plan).toMatchObject({ steps: [], reason: 'KubernetesRefused', message: MESSAGE });
  });

  test('has its users disabled if the spec says so', () => {
    const world = issuedWorld();
    const id = currentId(world);
    world.accessKey = { ...world.accessKey, spec: { ...world.accessKey.spec, disabled: true } };
    const plan = unreadPlan(world);
    expect(acts(plan)).toEqual(['writePolicy', 'setUserEnabled']);
    expect(plan.steps[1]).toMatchObject({ accessKeyId: id, enabled: false });
    expect(plan.reason).toBe('Disabled');
    expect(plan.message).toContain(MESSAGE);
  });

  test('has its users disabled once nothing of it is granted', () => {
    const world = issuedWorld();
    world.grants = [];
    expect(acts(unreadPlan(world))).toEqual(['writePolicy', 'setUserEnabled']);
    expect(unreadPlan(world).reason).toBe('GrantDenied');
  });

  test('has its policy narrowed, and the status says what is in force', () => {
    const world = issuedWorld();
    world.accessKey = { ...world.accessKey, spec: { ...world.accessKey.spec, bucketAccess: [] } };
    const plan = unreadPlan(world);
    expect(acts(plan)).toEqual(['writePolicy']);
    expect(plan).toMatchObject({
      reason: 'KubernetesRefused',
      inForce: { accessKeyId: currentId(world), access: { kind: 'limited', entries: [] } },
    });
  });

  test('loses its pair if it is older than the grants allow, and the status forgets it', () => {
    const world = issuedWorld();
    const id = currentId(world);
    world.grants = [grantOf({ maxAge: '24h' })];
    world.now += 25 * HOUR;
    const plan = unreadPlan(world);
    expect(plan.steps).toContainEqual(expect.objectContaining({ do: 'removeUser', accessKeyId: id }));
    expect(acts(plan)).not.toContain('publish');
    expect(plan.inForce).toBeNull();
  });
});

test('nothing is made for a key that has no pair yet', () => {
  expect(unreadPlan(newWorld(accessKeyOf()))).toMatchObject({ steps: [], reason: 'KubernetesRefused' });
});

test('a user that was never published is left, since its late publication cannot be kept from succeeding', () => {
  const world = issuedWorld();
  const [user] = world.users.values();
  const { accessKeyId, secretAccessKey } = makePair(world);
  world.users.set(accessKeyId, { ...(user ?? expect.fail('no user')), secretAccessKey });
  expect(acts(planOf(world))).toContain('removeUser');
  expect(acts(unreadPlan(world))).toEqual([]);
});

test('users that an earlier AccessKey left go first if they are more than one pass removes', () => {
  const world = newWorld(accessKeyOf());
  const o = observe(world);
  const attached = { users: ['AKBEFORE'], more: 386, groups: [] };
  const left = { accessKeyId: 'AKBEFORE', enabled: true, policies: [world.policyName], groups: [] };
  const users = new Map([['AKBEFORE', left]]);
  const plan = planKey({ ...o, attached, users }, () => expect.fail('makes a pair'));
  expect(plan).toMatchObject({ reason: 'Issuing', steps: [{ do: 'removeUser', accessKeyId: 'AKBEFORE' }] });
  expect(plan.message).toContain('387 users of an earlier AccessKey');
});

test('steps that remove or switch users run side by side, all others one after the other', () => {
  const why = 'test';
  const remove = (accessKeyId: string): Step => ({ do: 'removeUser', accessKeyId, why });
  const revoke: Step = { do: 'revokeSessions', accessKeyId: 'c', why };
  const steps = [remove('a'), remove('b'), revoke, revoke, remove('d')];
  expect(inBatches(steps)).toEqual([[remove('a'), remove('b')], [revoke], [revoke], [remove('d')]]);
  expect(inBatches([])).toEqual([]);
});
