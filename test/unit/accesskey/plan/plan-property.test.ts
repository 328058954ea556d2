import fc from 'fast-check';
import { expect, test } from 'vitest';
import { change } from '../../support/accesskey-changes.ts';
import { EVENTS } from '../../support/accesskey-events.ts';
import { accessKeyOf } from '../../support/accesskey-fixtures.ts';
import { issuedWorld, newWorld, pass, planOf, type World, works } from '../../support/accesskey-world.ts';

/** Users that are none of the operator's business, whatever Secrets and annotations say. */
const STRANGERS = {
  STRANGER: { secretAccessKey: 'edited', enabled: false, policies: ['readwrite'], groups: [] },
  AKOAAAAAAAAAAAAAAAAA: {
    secretAccessKey: 'other',
    enabled: true,
    policies: ['accesskeys.prod.cart.a.x'],
    groups: [],
  },
};

function worldAfter(events: readonly string[]): World {
  const world = newWorld(accessKeyOf());
  for (const [id, user] of Object.entries(STRANGERS)) world.users.set(id, structuredClone(user));
  world.policies.set('readwrite', { mark: '', content: {} });
  for (const event of ['the operator passes', ...events]) EVENTS[event]?.(world);
  return world;
}

const events = fc.array(fc.constantFrom(...Object.keys(EVENTS)), { maxLength: 7 });

/** Users with this AccessKey's policy alone: whom a plan may write. */
function ours(world: World): string[] {
  return [...world.users]
    .filter(
      ([, { policies, groups }]) =>
        policies.length === 1 && policies[0] === world.policyName && groups.length === 0,
    )
    .map(([id]) => id);
}

test('a plan, once applied, leaves nothing to do', () => {
  fc.assert(
    fc.property(events, (some) => {
      const world = worldAfter(some);
      let first = pass(world);
      // The Secret of an earlier AccessKey goes before a pair is issued under its name.
      if (first.reason === 'SecretConflict' && first.steps.some((step) => step.do === 'removeSecret'))
        first = pass(world);
      // What is to be replaced is repaired before, so that it goes on working for its grace; and a user that was made
      // again is a new witness of the pair's time.
      if (first.event?.reason === 'Repaired' || first.event?.reason === 'Enabled') first = pass(world);
      const second = planOf(world);
      expect({ [first.reason]: second.steps.map((step) => step.do) }).toEqual({ [first.reason]: [] });
    }),
    { numRuns: 2_500 },
  );
});

test('a user that was removed for its age is not made again, though Secret and status make its pair out to be new', () => {
  const world = worldAfter([
    'pairs are granted three days',
    'a week passes',
    'the pair is made out to be new',
    'its template cannot be filled in',
  ]);
  const ended = pass(world);
  expect(ended.steps.map((step) => step.do)).toEqual(['removeUser']);
  expect(planOf(world).steps).toEqual([]);
});

test("a plan never touches another's users and policies", () => {
  fc.assert(
    fc.property(events, (some) => {
      const world = worldAfter(some);
      const users = Object.fromEntries([...world.users].filter(([id]) => id in STRANGERS));
      expect(users).toEqual(STRANGERS);
      expect(world.policies.get('readwrite')).toEqual({ mark: '', content: {} });
    }),
    { numRuns: 1_200 },
  );
});

test("what a plan calls Issued works, and nothing else of the AccessKey's is enabled but its previous keys", () => {
  let issued = 0;
  fc.assert(
    fc.property(events, (some) => {
      const world = worldAfter(some);
      if (pass(world).reason !== 'Issued') return;
      issued += 1;
      expect(works(world)).toBe(true);
      const { accessKeyId, previousKeys = [] } = world.accessKey.status;
      const known = [accessKeyId, ...previousKeys.map((key) => key.accessKeyId)];
      expect(ours(world).filter((id) => !known.includes(id))).toEqual([]);
      expect(previousKeys.length).toBeLessThanOrEqual(3);
      expect(new Set(known).size).toBe(known.length);
    }),
    { numRuns: 1_200 },
  );
  expect(issued).toBeGreaterThan(100);
});

test('what is not granted any more is not in force, whatever somebody did to the Secret, the spec or the user', () => {
  fc.assert(
    fc.property(events, (some) => {
      const world = worldAfter(some);
      world.grants = [];
      // What is another cluster's, or mixed up with somebody else's policies, isn't touched.
      if (pass(world).reason === 'StoreConflict') return;
      expect(ours(world).filter((id) => world.users.get(id)?.enabled)).toEqual([]);
    }),
    { numRuns: 1_200 },
  );
});

test('what is disabled by its spec is not in force, whatever somebody did to the Secret or the user', () => {
  fc.assert(
    fc.property(events, (some) => {
      const world = worldAfter(some);
      change.spec(world, { disabled: true });
      // What is another cluster's, or mixed up with somebody else's policies, isn't touched.
      if (pass(world).reason === 'StoreConflict') return;
      expect(ours(world).filter((id) => world.users.get(id)?.enabled)).toEqual([]);
    }),
    { numRuns: 1_200 },
  );
});

test('what somebody disabled in the store is not enabled, nor replaced by a pair that works', () => {
  fc.assert(
    fc.property(events, (some) => {
      const world = issuedWorld();
      change.user(world, { enabled: false });
      for (const event of some) {
        if (!/enabled|user is removed|status|anew|crash|mark|cluster/.test(event)) EVENTS[event]?.(world);
      }
      pass(world);
      expect([...world.users].filter(([, { enabled }]) => enabled).map(([id]) => id)).toEqual([]);
    }),
    { numRuns: 1_200 },
  );
});

test('a status is what the API server takes: times in RFC 3339, each previous key once', () => {
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
  fc.assert(
    fc.property(events, (some) => {
      const world = worldAfter(some);
      pass(world);
      const { issuedAt, previousKeys = [] } = world.accessKey.status;
      for (const time of [issuedAt, ...previousKeys.map((key) => key.revokeAt)]) {
        if (time !== undefined) expect(time).toMatch(rfc3339);
      }
      expect(new Set(previousKeys.map((key) => key.accessKeyId)).size).toBe(previousKeys.length);
      for (const key of previousKeys) expect(Object.keys(key).sort()).toEqual(['accessKeyId', 'revokeAt']);
    }),
    { numRuns: 1_200 },
  );
});
