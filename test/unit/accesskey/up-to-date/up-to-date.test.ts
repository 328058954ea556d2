import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxAgeMs } from '../../../../src/accesskey/policy/grants.ts';
import { secretFacts, secretNameOf } from '../../../../src/accesskey/secret/facts.ts';
import type { CachedState } from '../../../../src/accesskey/up-to-date/cached-state.ts';
import { syncReason } from '../../../../src/accesskey/up-to-date/up-to-date.ts';
import {
  ANNOTATION_ISSUED_AT,
  ANNOTATION_PREVIOUS_KEYS,
  ANNOTATION_USER,
  FINALIZER,
} from '../../../../src/api/names.ts';
import { change } from '../../support/accesskey-changes.ts';
import { EVENTS } from '../../support/accesskey-events.ts';
import { accessKeyOf, CLUSTER, grantOf, HOUR, NOW } from '../../support/accesskey-fixtures.ts';
import { grantsIn, issuedWorld, pass, type World } from '../../support/accesskey-world.ts';

const withFinalizer = accessKeyOf({ metadata: { finalizers: [FINALIZER] } });

/** Returns the cached state of the world. */
function cachedStateOf(world: World): CachedState {
  const secret = world.secrets.get(secretNameOf(world.accessKey));
  return {
    now: world.now,
    accessKey: world.accessKey,
    cluster: CLUSTER,
    store: { observed: world.store, grants: grantsIn(world) },
    maxAgeMs: maxAgeMs(grantsIn(world)),
    secret: secret && secretFacts(secret),
    otherSecrets: [],
    users: new Map([...world.users].map(([id, { attachedAt = NOW }]) => [id, { attachedAt }])),
    clockTrusted: world.clockTrusted,
    allowed: world.allowed,
  };
}

test('a key that was just issued needs no sync', () => {
  expect(syncReason(cachedStateOf(issuedWorld(withFinalizer)))).toBeUndefined();
});

test('an unknown store gives no reason for a sync', () => {
  const world = issuedWorld(withFinalizer);
  world.grants = [];
  expect(syncReason({ ...cachedStateOf(world), store: undefined, maxAgeMs: undefined })).toBeUndefined();
});

const rotate = (world: World) => {
  change.spec(world, { keyGeneration: 2 });
  pass(world);
};

test.each<[string, (world: World) => void, string]>([
  ['its spec was edited', (world) => change.spec(world, { label: 'new' }), 'its spec was edited'],
  ['it never passed', (world) => change.status(world, { observedGeneration: 1 }), 'it is not ready'],
  [
    'it is not ready',
    (world) => {
      world.grants = [];
      pass(world);
    },
    'it is not ready',
  ],
  [
    'its finalizer was taken off',
    (world) => {
      world.accessKey = {
        ...world.accessKey,
        metadata: { ...world.accessKey.metadata, finalizers: ['other'] },
      };
    },
    'it has no finalizer yet',
  ],
  ['its Secret was deleted', change.deleteSecret, 'its Secret is missing'],
  ['a foreign Secret took its name', change.foreignSecret, 'its Secret was edited'],
  [
    'the secret was edited',
    (world) => change.secretData(world, { AWS_SECRET_ACCESS_KEY: 'x' }),
    'its Secret was edited',
  ],
  [
    'the id was edited',
    (world) => change.secretData(world, { AWS_ACCESS_KEY_ID: 'x' }),
    'its Secret was edited',
  ],
  [
    'the status names another pair',
    (world) => change.status(world, { ...world.accessKey.status, accessKeyId: 'other' }),
    'its status names another pair',
  ],
  [
    'the name of its user was edited',
    (world) => change.annotation(world, ANNOTATION_USER, 'x'),
    'its Secret names another user',
  ],
  [
    'previous keys were added by hand',
    (world) =>
      change.annotation(
        world,
        ANNOTATION_PREVIOUS_KEYS,
        '[{"accessKeyId":"a","revokeAt":"2027-01-01T00:00:00.000Z"}]',
      ),
    'its previous keys changed',
  ],
  [
    'thousands of previous keys were added by hand',
    (world) =>
      change.annotation(
        world,
        ANNOTATION_PREVIOUS_KEYS,
        JSON.stringify(Array.from({ length: 4_000 }, (_, n) => ({ accessKeyId: `${n}`, revokeAt: '2027' }))),
      ),
    'its record of previous keys was edited',
  ],
  [
    "a previous key's end has come",
    (world) => {
      rotate(world);
      world.now += 24 * HOUR;
    },
    "a previous key's end has come",
  ],
  [
    'the endpoint in the Secret was edited',
    (world) => change.secretData(world, { AWS_ENDPOINT_URL_S3: 'x' }),
    'its Secret names another endpoint or region',
  ],
  [
    'the store has another public endpoint',
    (world) => {
      world.store = { ...world.store, publicEndpoint: 'https://s3.example.com' };
    },
    'its Secret names another endpoint or region',
  ],
  [
    'its grant was withdrawn',
    (world) => {
      world.grants = [];
    },
    'what it asks for is not granted',
  ],
  [
    'its owner was removed',
    (world) => change.secretMetadata(world, { ownerReferences: [] }),
    "its Secret's owner was edited",
  ],
  [
    'it may create other buckets now',
    (world) => {
      world.grants = world.grants.map((grant) => ({ ...grant, buckets: ['photos', 'shop-*'] }));
    },
    'its policy differs from what it asks for',
  ],
  [
    'the time of issue was edited',
    (world) => change.annotation(world, ANNOTATION_ISSUED_AT, '2027-01-01T00:00:00Z'),
    'the time of its pair was edited',
  ],
  [
    'the time of issue was edited in Secret and status, and the store shows another one',
    (world) => {
      world.now += 24 * HOUR;
      const issuedAt = new Date(world.now).toISOString();
      change.annotation(world, ANNOTATION_ISSUED_AT, issuedAt);
      change.status(world, { ...world.accessKey.status, issuedAt });
    },
    'the time of its pair was edited',
  ],
  [
    'its interval is over',
    (world) => {
      change.spec(world, { rotation: { interval: '10h', gracePeriod: '1h' } });
      pass(world);
      world.now += 10 * HOUR;
    },
    'its pair is due for rotation',
  ],
  [
    'a maximum age was granted and its pair is near it',
    (world) => {
      world.now += 71 * HOUR;
      world.grants = [grantOf({ maxAge: '72h' })];
    },
    'its pair is due for rotation',
  ],
  [
    'a maximum age was granted',
    (world) => {
      world.grants = [grantOf({ maxAge: '72h' })];
    },
    'its next rotation is due at another time',
  ],
  [
    'a maximum age was granted and a previous key is near it',
    (world) => {
      world.now += 71 * HOUR;
      rotate(world);
      world.grants = [grantOf({ maxAge: '72h' })];
    },
    'a previous key may not live so long',
  ],
  [
    'previous keys were made to live longer, in Secret and status',
    (world) => {
      rotate(world);
      EVENTS['previous keys are to live for ever']?.(world);
    },
    'a previous key may not live so long',
  ],
  [
    'somebody wrote another time of the next rotation',
    (world) => change.status(world, { ...world.accessKey.status, nextRotationAt: '2027-01-01T00:00:00Z' }),
    'its next rotation is due at another time',
  ],
])('%s: %s', (_what, happens, why) => {
  const world = issuedWorld(withFinalizer);
  happens(world);
  expect(syncReason(cachedStateOf(world))).toBe(why);
});

test('a Secret of another name needs a sync', () => {
  const cachedState = cachedStateOf(issuedWorld(withFinalizer));
  expect(syncReason({ ...cachedState, otherSecrets: ['moved'] })).toBe('it has a Secret of another name');
});

test('a rotation that just ended needs no sync until the grace is over', () => {
  const world = issuedWorld(withFinalizer);
  rotate(world);
  expect(syncReason(cachedStateOf(world))).toBeUndefined();
  world.now += 24 * HOUR - 1;
  expect(syncReason(cachedStateOf(world))).toBeUndefined();
});

test('a disabled key needs no sync, but for the end of its previous keys', () => {
  const world = issuedWorld(withFinalizer);
  rotate(world);
  change.spec(world, { disabled: true });
  pass(world);
  expect(syncReason(cachedStateOf(world))).toBeUndefined();
  world.now += 24 * HOUR;
  expect(syncReason(cachedStateOf(world))).toBe("a previous key's end has come");
  pass(world);
  expect(syncReason(cachedStateOf(world))).toBeUndefined();
  expect(world.accessKey.status.previousKeys).toEqual([]);
  expect(world.users.size).toBe(1);
});

/** Otherwise a key would be synced again and again: the plan and the chain of checks must agree. */
test('whatever happened, a key that was synced needs no other sync', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Object.keys(EVENTS)), { maxLength: 6 }), (some) => {
      const world = issuedWorld(withFinalizer);
      // By a wrong clock a rotation may end before the pass that says so.
      for (const event of some.filter((name) => name !== 'the clock is wrong')) EVENTS[event]?.(world);
      const repaired = /Repaired|Enabled/.test(pass(world).event?.reason ?? '');
      if (repaired) pass(world);
      if (world.accessKey.status.conditions?.[0]?.reason !== 'Issued') return;
      world.accessKey = {
        ...world.accessKey,
        metadata: { ...world.accessKey.metadata, finalizers: [FINALIZER] },
      };
      // Somebody else's with our label isn't removed: the garbage collector, or its owner, does that.
      expect([undefined, 'it has a Secret of another name']).toContain(syncReason(cachedStateOf(world)));
    }),
    { numRuns: 1_500 },
  );
});
