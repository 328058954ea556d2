import { describe, expect, test } from 'vitest';
import {
  candidateWaitMs,
  claimOf,
  claimRecord,
  isSameTerm,
  type LeaseRecord,
  observe,
  releasedRecord,
  renewedRecord,
  timingsFault,
} from '../../../src/runtime/lease.ts';

const timings = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
const record: LeaseRecord = {
  holder: 'a',
  durationMs: 15_000,
  acquiredAt: 1_000,
  renewedAt: 5_000,
  transitions: 3,
};

describe('a candidate sees whose the Lease is', () => {
  test.each([
    ['somebody else, seen just now', record, 0, 'held'],
    ['somebody else, unchanged for its whole duration', record, 15_000, 'held'],
    ['somebody else, unchanged for longer', record, 15_001, 'free'],
    ['somebody else who says a longer duration than ours', { ...record, durationMs: 60_000 }, 15_001, 'held'],
    ['nobody: given back', { ...record, holder: '' }, 0, 'free'],
    ['the candidate itself, from before a restart', { ...record, holder: 'me' }, 0, 'own'],
    ['somebody else by a clock that is a year ahead', { ...record, renewedAt: 3e13 }, 15_001, 'free'],
    ['somebody else by a clock that is a year behind', { ...record, renewedAt: -3e13 }, 0, 'held'],
  ])('%s', (_, seen, elapsed, claim) => {
    expect(claimOf({ record: seen, since: 100 }, 'me', 100 + elapsed)).toBe(claim);
  });
});

describe('a record is as old as', () => {
  const before = observe(undefined, record, 100);
  test.each([
    ['when it was seen first, while it is the same', record, 100],
    ['now, when it was renewed', { ...record, renewedAt: 5_001 }, 900],
    ['now, when its holder changed', { ...record, holder: 'b' }, 900],
    ['now, when it was acquired again', { ...record, acquiredAt: 5_001 }, 900],
    ['now, when it was made longer', { ...record, durationMs: 20_000 }, 900],
    ['now, when only its transitions changed', { ...record, transitions: 4 }, 900],
  ])('%s', (_, seen, since) => {
    expect(observe(before, { ...seen }, 900)).toEqual({ record: seen, since });
  });
});

describe('a record that is written', () => {
  test.each([
    ['if there was no Lease', undefined, 0],
    ["after somebody else's term", record, 4],
    ['after it was given back', { ...record, holder: '' }, 4],
    ['after a restart', { ...record, holder: 'me' }, 3],
  ])('names the candidate that takes the Lease %s', (_, before, transitions) => {
    expect(claimRecord(before, 'me', timings, 9_000)).toEqual({
      holder: 'me',
      durationMs: 15_000,
      acquiredAt: 9_000,
      renewedAt: 9_000,
      transitions,
    });
  });

  test('changes one time at a renewal, and stays the same term', () => {
    const renewed = renewedRecord(record, 9_000);
    expect(renewed).toEqual({ ...record, renewedAt: 9_000 });
    expect(isSameTerm(renewed, record)).toBe(true);
  });

  test('has no holder once the Lease is given back, and begins another term', () => {
    const released = releasedRecord(record, 9_000);
    expect(released).toMatchObject({ holder: '', transitions: 3 });
    expect(isSameTerm(released, record)).toBe(false);
    expect(claimOf(observe(undefined, released, 0), 'me', 0)).toBe('free');
  });

  test('begins another term than that of an earlier process of the same name', () => {
    expect(isSameTerm(claimRecord({ ...record, holder: 'me' }, 'me', timings, 9_000), record)).toBe(false);
  });
});

test.each([
  [timings, undefined],
  [{ ...timings, renewDeadlineMs: 15_000 }, 'lease duration'],
  [{ ...timings, retryPeriodMs: 8_334 }, 'renew deadline'],
  [{ ...timings, retryPeriodMs: 8_333 }, undefined],
])('timings %j have the fault %s', (given, fault) => {
  expect(timingsFault(given) ?? '').toContain(fault ?? '');
  expect(timingsFault(given) === undefined).toBe(fault === undefined);
});

describe('a candidate looks again', () => {
  test.each([
    ['after half of the period', undefined, 0, 1_000],
    ['after three quarters of the period at most', undefined, 1, 1_500],
    ['just as soon if the Lease is new', 0, 0, 1_000],
    ['as soon as the Lease has expired', 14_900, 0, 101],
    ['in its own time once the Lease has expired', 15_002, 0, 1_000],
  ])('%s', (_, age, random, wait) => {
    const observation = age === undefined ? undefined : { record, since: 500 };
    expect(candidateWaitMs(timings, observation, 500 + (age ?? 0), random)).toBe(wait);
  });
});
