import { expect, test } from 'vitest';
import { driftOf } from '../../../../src/accesskey/plan/drift.ts';
import type { DriftKind } from '../../../../src/api/drift-kinds.ts';
import { ANNOTATION_PAIR_DIGEST } from '../../../../src/api/names.ts';
import { change } from '../../support/accesskey-changes.ts';
import { issuedWorld, newWorld, observe, pass, type World } from '../../support/accesskey-world.ts';

test.each<[string, (world: World) => void, DriftKind[]]>([
  ['nothing happened', () => {}, []],
  ['the Secret was deleted', change.deleteSecret, ['secret_missing']],
  [
    'the secret in it was edited',
    (world) => change.secretData(world, { AWS_SECRET_ACCESS_KEY: 'x' }),
    ['secret_edited'],
  ],
  [
    'its digest was edited',
    (world) => change.annotation(world, ANNOTATION_PAIR_DIGEST, 'x'),
    ['secret_edited'],
  ],
  ['the user was removed', change.removeUser, ['user_missing']],
  ['the user was disabled', (world) => change.user(world, { enabled: false }), ['user_disabled']],
  ['the user was detached', (world) => change.user(world, { policies: [] }), ['user_policies']],
  [
    'the user was attached to more',
    (world) => change.user(world, { policies: [world.policyName, 'readwrite'] }),
    ['user_policies'],
  ],
  ['the policy was edited', change.widenPolicy, ['policy_edited']],
  ['the policy was removed', (world) => world.policies.delete(world.policyName), ['policy_missing']],
  [
    'user and Secret were removed',
    (world) => {
      change.removeUser(world);
      change.deleteSecret(world);
    },
    ['user_missing', 'secret_missing'],
  ],
  ['the permissions are to change', (world) => change.spec(world, { limited: true, bucketAccess: [] }), []],
  ['the pair is to be replaced', (world) => change.spec(world, { keyGeneration: 2 }), []],
  ['the Secret is to move', (world) => change.spec(world, { secretName: 'another' }), []],
  ['the key is to be disabled', (world) => change.spec(world, { disabled: true }), []],
])('driftOf finds in a key in force the change when %s', (_, happens, kinds) => {
  const world = issuedWorld();
  happens(world);
  expect(driftOf(observe(world))).toEqual(kinds);
  // Found once: it is repaired, or the key isn't Issued any more.
  pass(world);
  expect(driftOf(observe(world))).toEqual([]);
});

test('driftOf finds nothing in a key that was never in force', () => {
  expect(driftOf(observe(newWorld()))).toEqual([]);
});
