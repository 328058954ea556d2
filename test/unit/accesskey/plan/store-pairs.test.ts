/** Plans for a store that chooses pairs, keeps policies in users, and shows a change only after a while. */
import { describe, expect, test } from 'vitest';
import { isNotShownYet, settlingMs } from '../../../../src/accesskey/plan/settling.ts';
import { ANNOTATION_ISSUED_AT } from '../../../../src/api/names.ts';
import { capabilitiesOf } from '../../../../src/provider/iam/dialect.ts';
import { IAM } from '../../../../src/provider/iam/traits.ts';
import { change } from '../../support/accesskey-changes.ts';
import { accessKeyOf } from '../../support/accesskey-fixtures.ts';
import { makePair, newWorld, observe, pass, planOf, type World } from '../../support/accesskey-world.ts';

const AWS = capabilitiesOf({ dialect: 'AWS', managedPolicies: undefined });

function worldOf(capabilities = capabilitiesOf({ dialect: 'Ceph', managedPolicies: undefined })): World {
  const world = newWorld(accessKeyOf());
  world.store = { ...world.store, provider: 'IAM', ...IAM, capabilities, userName: (_, id) => id };
  return world;
}

const did = (world: World) => planOf(world).steps.map((step) => step.do);

/** A user that a process has just made on the key's path, under a name of the operator's own. */
function leaveUser(world: World): string {
  const { accessKeyId, secretAccessKey } = makePair(world);
  const policies = [world.policyName];
  world.users.set(accessKeyId, {
    secretAccessKey,
    enabled: false,
    policies,
    groups: [],
    attachedAt: world.now,
  });
  return accessKeyId;
}

test('a new key writes no policy before it has a user', () => {
  const world = worldOf();
  expect(did(world)).toEqual(['putUser', 'attachPolicy', 'prove', 'publish']);
  pass(world);
  expect(did(world)).toEqual([]);
  change.spec(world, { bucketAccess: [{ bucketName: 'logs', permissions: 'read_only' }] });
  expect(did(world)).toEqual(['writePolicy']);
});

test('a user that was made and not named goes before the next one is made', () => {
  const world = worldOf();
  pass(world);
  change.spec(world, { keyGeneration: 2 });
  const left = leaveUser(world);
  const { steps } = planOf(world);
  const at = steps.findIndex((step) => step.do === 'removeUser' && step.accessKeyId === left);
  expect(at).toBeGreaterThanOrEqual(0);
  expect(at).toBeLessThan(steps.findIndex((step) => step.do === 'putUser'));
});

describe('a store that takes a while to show a user', () => {
  const unshown = (world: World) => {
    world.users.clear();
    return isNotShownYet(observe(world));
  };

  test('counts as having the user of a young pair', () => {
    const world = worldOf(AWS);
    pass(world);
    expect(isNotShownYet(observe(world))).toBe(false);
    expect(settlingMs(world.accessKey, AWS, world.now)).toBe(60_000);
    world.now += 59_000;
    expect(unshown(world)).toBe(true);
    expect(settlingMs(world.accessKey, AWS, world.now)).toBe(1_000);
    world.now += 1_000;
    expect(unshown(world)).toBe(false);
    expect(settlingMs(world.accessKey, AWS, world.now)).toBe(0);
  });

  test('is not waited for because of a forged time', () => {
    const world = worldOf(AWS);
    pass(world);
    world.now += 3_600_000;
    change.annotation(world, ANNOTATION_ISSUED_AT, new Date(world.now).toISOString());
    expect(unshown(world)).toBe(false);
  });

  test('is not waited for by the keys of other stores', () => {
    const world = worldOf();
    pass(world);
    expect(unshown(world)).toBe(false);
  });
});
