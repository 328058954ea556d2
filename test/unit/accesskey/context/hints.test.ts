import { expect, test } from 'vitest';
import { createHints, type Synced } from '../../../../src/accesskey/context/hints.ts';

function start() {
  const clock = { now: 1_000_000 };
  return { clock, list: createHints(() => clock.now) };
}

function syncFrom(since: number, rest: Partial<Synced> = {}): Synced {
  return { since, users: [], suspects: [], published: false, answeredDamage: false, ...rest };
}

function userOf(accessKeyId: string, attachedAt: number) {
  return { accessKeyId, enabled: true, policies: [], groups: [], attachedAt };
}

test('a sync counts from its beginning: what a list that began later shows is newer', () => {
  const { list } = start();
  list.synced('a', syncFrom(1_000));
  expect([999, 1_000, 1_001].map((time) => list.syncBeganSince('a', time))).toEqual([true, true, false]);
  expect(list.syncBeganSince('b', 0)).toBe(true);
  expect(list.syncBeganSince('b', 1)).toBe(false);
});

test('a read of the policy alone is no sync: a sweep that runs meanwhile still says what it found', () => {
  const { list, clock } = start();
  list.synced('a', syncFrom(1_000));
  clock.now += 60_000;
  list.wantPolicyCheck('a');
  list.policyChecked('a');
  expect(list.syncBeganSince('a', 1_001)).toBe(false);
  expect(list.syncBeganSince('a', 1_000)).toBe(true);
});

test('a policy that is to be read stays so until it was: by itself, in a sync, or because its key is gone', () => {
  const { list } = start();
  const ends: readonly ((key: string) => void)[] = [
    (key) => list.policyChecked(key),
    (key) => list.synced(key, syncFrom(1_000)),
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
  expect(list.lateWritesMs('a')).toBe(30_000);
  clock.now += 3_600_000;
  // A question starts nothing, however often it is asked.
  expect(list.lateWritesMs('a')).toBe(30_000);
  list.storeAnswered('a');
  expect(list.lateWritesMs('a')).toBe(30_000);
  clock.now += 20_000;
  expect(list.lateWritesMs('a')).toBe(10_000);
  // Another one begins it anew.
  list.unanswered('a');
  for (const key of ['a', 'b']) list.storeAnswered(key);
  expect(list.lateWritesMs('a')).toBe(30_000);
  expect(list.lateWritesMs('b')).toBe(0);
  clock.now += 10_000;
  // A later answer doesn't begin the time anew.
  list.storeAnswered('a');
  expect(list.lateWritesMs('a')).toBe(20_000);
  clock.now += 20_000;
  expect(list.lateWritesMs('a')).toBe(0);
  list.storeAnswered('a');
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
  list.requestSync('a', ['one']);
  list.requestSync('a', ['two']);
  list.clearSuspects('a', ['one']);
  expect([list.isSyncRequested('a'), list.suspectsOf('a')]).toEqual([true, ['two']]);
  list.clearSuspects('a', ['two']);
  expect(list.isSyncRequested('a')).toBe(false);
});

test('a time of a user is news until it was recorded, and asking records nothing', () => {
  const { list } = start();
  const users = [userOf('one', 5), undefined];
  expect([list.isNews('a', users), list.isNews('a', users)]).toEqual([true, true]);
  list.sawUsers('a', users);
  expect(list.isNews('a', users)).toBe(false);
  expect(list.isNews('a', [userOf('one', 6)])).toBe(true);
});

test('a sync records its users and its end, and forgets the suspects that it read', () => {
  const { list, clock } = start();
  list.requestSync('a', ['one', 'two']);
  list.synced('a', syncFrom(1_000, { users: [userOf('one', 5)], suspects: ['one'] }));
  expect([...list.attachedUsers('a')]).toEqual([['one', { attachedAt: 5 }]]);
  expect(list.suspectsOf('a')).toEqual(['two']);
  expect([clock.now, clock.now + 1].map((time) => list.syncEndedSince('a', time))).toEqual([true, false]);
});

test('more suspects than it remembers ask for another list, once', () => {
  const { list } = start();
  const ids = Array.from({ length: 1_001 }, (_, n) => `id-${n}`);
  list.requestSync('a', ids.slice(0, 1_000));
  list.requestSync('a', ids.slice(0, 10));
  expect(list.takeOverflow('a')).toBe(false);
  list.requestSync('a', ids);
  expect(list.suspectsOf('a').length).toBe(1_000);
  expect([list.takeOverflow('b'), list.takeOverflow('a'), list.takeOverflow('a')]).toEqual([
    false,
    true,
    false,
  ]);
});
