import { expect, test } from 'vitest';
import { createWatchlist } from '../../src/accesskey/watchlist.ts';

function start() {
  const clock = { now: 1_000_000 };
  return {
    clock,
    list: createWatchlist(
      3_600_000,
      () => clock.now,
      () => 0.5,
    ),
  };
}

test('a look counts from its beginning: what a list that began later shows is newer', () => {
  const { list } = start();
  list.looked('a', 1_000);
  expect([999, 1_000, 1_001].map((time) => list.lookedSince('a', time))).toEqual([true, true, false]);
  expect(list.lookedSince('b', 0)).toBe(true);
  expect(list.lookedSince('b', 1)).toBe(false);
});

test('a read of the policy alone is no look at the users: a sweep that runs meanwhile still says what it found', () => {
  const { list, clock } = start();
  list.looked('a', 1_000);
  clock.now += 60_000;
  list.policyChecked('a');
  expect(list.lookedSince('a', 1_001)).toBe(false);
  expect(list.lookedSince('a', 1_000)).toBe(true);
  expect(list.policyCheckDue('a')).toBe(clock.now + 3_600_000);
});

test('a flag stays until all of its suspects were seen', () => {
  const { list } = start();
  list.flag('a', ['one']);
  list.flag('a', ['two']);
  list.settle('a', ['one']);
  expect([list.isFlagged('a'), list.suspectsOf('a')]).toEqual([true, ['two']]);
  list.settle('a', ['two']);
  expect(list.isFlagged('a')).toBe(false);
});
