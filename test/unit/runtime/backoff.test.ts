import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs, createBackoff, retryAfterOf } from '../../../src/runtime/backoff.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('a wait is in the upper half of what its attempt may wait', () => {
  fc.assert(
    fc.property(fc.nat(5_000), random, (attempt, chance) => {
      const max = Math.min(60_000, 250 * 2 ** attempt);
      const ms = backoffMs(attempt, undefined, { baseMs: 250, maxMs: 60_000, random: () => chance });
      expect(ms).toBeGreaterThanOrEqual(max / 2);
      expect(ms).toBeLessThanOrEqual(max);
    }),
  );
});

test('a floor is kept, up to the most that a server may ask for', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.integer({ min: 1, max: 1e9 }), random, (attempt, floor, chance) => {
      const ms = backoffMs(attempt, floor, {
        baseMs: 100,
        maxMs: 1_000,
        maxFloorMs: 50_000,
        random: () => chance,
      });
      expect(ms).toBeGreaterThanOrEqual(Math.min(floor, 50_000));
      expect(ms).toBeLessThanOrEqual(50_100);
    }),
  );
});

test.each([Number.NaN, -1, 0, undefined])('a floor of %s is none', (floor) => {
  expect(backoffMs(0, floor, { baseMs: 100, random: () => 1 })).toBe(100);
});

test('keys are counted apart, and from the beginning once forgotten', () => {
  const backoff = createBackoff({ baseMs: 10, maxMs: 30, random: () => 1 });
  expect([backoff.next('a'), backoff.next('a'), backoff.next('a'), backoff.next('b')]).toEqual([
    10, 20, 30, 10,
  ]);
  expect([backoff.attempts('a'), backoff.attempts('b'), backoff.attempts('c')]).toEqual([3, 1, 0]);
  backoff.forget('a');
  expect([backoff.attempts('a'), backoff.next('a')]).toEqual([0, 10]);
});

test('the wait that an error asks for is found, whatever was thrown', () => {
  expect(retryAfterOf(Object.assign(new Error('busy'), { retryAfterMs: 7 }))).toBe(7);
  for (const thrown of [new Error('no'), { retryAfterMs: '7' }, null, undefined, 'text']) {
    expect(retryAfterOf(thrown)).toBeUndefined();
  }
});
