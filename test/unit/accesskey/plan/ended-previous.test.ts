/** The end of a previous key: which steps end one, and why. */
import { describe, expect, test } from 'vitest';
import { endedPrevious, endedPreviousNote } from '../../../../src/accesskey/plan/ended-previous.ts';
import { change } from '../../support/accesskey-changes.ts';
import { accessKeyOf, HOUR } from '../../support/accesskey-fixtures.ts';
import {
  currentId,
  issuedWorld,
  newWorld,
  observe,
  pass,
  planOf,
  type World,
} from '../../support/accesskey-world.ts';

const rotated = (world: World, keyGeneration: number) => {
  world.now += HOUR;
  change.spec(world, { keyGeneration });
  const id = currentId(world);
  return { id, ended: endedOf(world) };
};

/** Applies a pass, and returns the previous keys that it ended. */
function endedOf(world: World) {
  const ended = endedPrevious(observe(world), planOf(world).steps);
  pass(world);
  return ended;
}

describe('a previous key', () => {
  test('ends when its grace is over, once', () => {
    const world = issuedWorld();
    const { id, ended } = rotated(world, 2);
    expect(ended).toEqual([]);
    world.now += 23 * HOUR;
    expect(endedOf(world)).toEqual([]);
    world.now += 2 * HOUR;
    const [end, ...more] = endedOf(world);
    expect(end).toEqual({ accessKeyId: id, cause: 'grace_over' });
    expect(more).toEqual([]);
    expect(end && endedPreviousNote(end)).toBe(`revoked previous access key ${id}: its grace period is over`);
    expect(end && endedPreviousNote(end, 'never')).toMatch(/over; it was never used$/);
    expect(end && endedPreviousNote(end, Date.parse('2026-11-28T04:00:00.5Z'))).toMatch(
      /over; it was last used at 2026-11-28T04:00:00Z$/,
    );
    expect(endedOf(world)).toEqual([]);
  });

  test('ends early when there are more than three', () => {
    const world = issuedWorld();
    const first = rotated(world, 2);
    expect([3, 4].map((generation) => rotated(world, generation).ended)).toEqual([[], []]);
    const { ended } = rotated(world, 5);
    expect(ended).toEqual([{ accessKeyId: first.id, cause: 'early' }]);
    expect(ended.map(endedPreviousNote).join()).toContain('before its grace period was over');
  });

  test('ends with the rotation if there is no grace', () => {
    const world = issuedWorld(accessKeyOf({ spec: { rotation: { gracePeriod: '0s' } } }));
    const { id, ended } = rotated(world, 2);
    expect(ended).toEqual([{ accessKeyId: id, cause: 'grace_over' }]);
  });
});

test('a user that was never published is no previous key', () => {
  const world = newWorld();
  expect(endedOf(world)).toEqual([]);
  const steps = [{ do: 'removeUser' as const, accessKeyId: 'AKOLEFTOVER', why: 'it was never published' }];
  expect(endedPrevious(observe(world), steps)).toEqual([]);
});
