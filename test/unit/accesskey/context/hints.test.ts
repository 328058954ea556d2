import { expect, test } from 'vitest';
import { createHints } from '../../../../src/accesskey/context/hints.ts';

function start() {
  const clock = { now: 1_000_000 };
  return { clock, list: createHints(() => clock.now) };
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
  list.wantPolicyCheck('a');
  list.policyChecked('a');
  expect(list.lookedSince('a', 1_001)).toBe(false);
  expect(list.lookedSince('a', 1_000)).toBe(true);
});

test('a policy that is to be read stays so until it was: by itself, in a look at everything, or because its key is gone', () => {
  const { list } = start();
  const ends: readonly ((key: string) => void)[] = [
    (key) => list.policyChecked(key),
    (key) => list.looked(key, 1_000),
    (key) => list.forget(key),
  ];
  for (const end of ends) {
    expect(list.isPolicyCheckWanted('a')).toBe(false);
    list.wantPolicyCheck('a');
    list.wantPolicyCheck('b');
    expect(list.isPolicyCheckWanted('a')).toBe(true);
    end('a');
  }
  expect([list.isPolicyCheckWanted('a'), list.isPolicyCheckWanted('b')]).toEqual([false, true]);
});

test('a write without an answer may come late: for half a minute after the store answers again, whenever that is', () => {
  const { list, clock } = start();
  expect(list.lateWritesMs('a')).toBe(0);
  list.unanswered('a');
  clock.now += 3_600_000;
  expect(list.lateWritesMs('a')).toBe(30_000);
  clock.now += 20_000;
  expect(list.lateWritesMs('a')).toBe(10_000);
  // Another one begins it anew.
  list.unanswered('a');
  expect(list.lateWritesMs('a')).toBe(30_000);
  expect(list.lateWritesMs('b')).toBe(0);
  clock.now += 30_000;
  expect(list.lateWritesMs('a')).toBe(0);
  clock.now -= 30_000;
  expect(list.lateWritesMs('a')).toBe(0);
});

test('of a key that is gone nothing is expected', () => {
  const { list } = start();
  list.unanswered('a');
  list.forget('a');
  expect(list.lateWritesMs('a')).toBe(0);
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
