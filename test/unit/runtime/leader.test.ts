/**
 * Electors over a Lease in memory that refuses late writes as the API server does, with a clock that the test moves.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createElector, type Elector, type Lease, type LeaseLock } from '../../../src/runtime/leader.ts';
import type { LeaseRecord } from '../../../src/runtime/lease.ts';
import { NotLeaderError } from '../../../src/runtime/not-leader-error.ts';

const timings = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => void vi.useRealTimers());

/** The present faults of a process. */
interface Faults {
  /** Its requests fail. */
  cut?: boolean;
  /** Its writes take effect, and their answers are lost. */
  deaf?: boolean;
  /** Its requests wait for this first. */
  held?: Promise<void> | undefined;
}

function memory() {
  let current: Lease | undefined;
  let version = 0;
  const write = (record: LeaseRecord) => {
    current = { record, version: ++version };
    return current;
  };
  const lock = (faults: Faults): LeaseLock => {
    const answer = async (work: () => Lease | undefined) => {
      await faults.held;
      if (faults.cut) throw new Error('cut off');
      return work();
    };
    const heard = (lease: Lease | undefined) => {
      if (faults.deaf) throw new Error('the answer was lost');
      return lease;
    };
    return {
      get: () => answer(() => current),
      create: (record) => answer(() => (current === undefined ? heard(write(record)) : undefined)),
      update: (lease, record) =>
        answer(() => (current?.version === lease.version ? heard(write(record)) : undefined)),
    };
  };
  return {
    lock,
    get record() {
      return current?.record;
    },
    remove: () => {
      current = undefined;
    },
    edit: (change: Partial<LeaseRecord>) => current && write({ ...current.record, ...change }),
  };
}

const lease = { now: memory() };
beforeEach(() => {
  lease.now = memory();
});

function candidate(identity: string, monotonic?: () => number) {
  const faults: Faults = {};
  const stop = new AbortController();
  const elector = createElector({
    lock: lease.now.lock(faults),
    identity,
    timings,
    log,
    random: () => 0.999,
    ...(monotonic && { monotonic }),
  });
  let leads: boolean | undefined;
  const acquired = elector.acquire(stop.signal).then((result) => {
    leads = result;
  });
  return {
    elector,
    faults,
    stop,
    acquired,
    get leads() {
      return leads;
    },
  };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const mayWrite = (elector: Elector) => {
  try {
    elector.assertLeading();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(NotLeaderError);
    return false;
  }
};

test('the first candidate leads at once, and goes on for as long as it renews', async () => {
  const a = candidate('a');
  await pass(0);
  expect(a.leads).toBe(true);
  for (let i = 0; i < 100; i++) {
    await pass(1_000);
    expect(mayWrite(a.elector)).toBe(true);
  }
  expect(lease.now.record).toMatchObject({ holder: 'a', transitions: 0 });
});

test('another one waits for as long as the Lease is renewed, and leads once it has not been for its duration', async () => {
  const a = candidate('a');
  await pass(0);
  const b = candidate('b');
  await pass(60_000);
  expect(b.leads).toBeUndefined();
  expect(mayWrite(b.elector)).toBe(false);
  a.faults.cut = true;
  const cutAt = performance.now();
  while (!b.leads) {
    await pass(100);
    expect(mayWrite(a.elector) && mayWrite(b.elector)).toBe(false);
  }
  expect(performance.now() - cutAt).toBeGreaterThan(15_000 - 2_000);
  expect(performance.now() - cutAt).toBeLessThan(15_000 + 2_000);
  expect(a.elector.lost.reason).toBeInstanceOf(NotLeaderError);
  expect(lease.now.record).toMatchObject({ holder: 'b', transitions: 1 });
});

test('the leader gives up when it could not renew for the renew deadline, and not before', async () => {
  const a = candidate('a');
  await pass(6_000);
  a.faults.cut = true;
  await pass(9_999);
  expect(a.elector.lost.aborted).toBe(false);
  expect(mayWrite(a.elector)).toBe(true);
  await pass(1);
  expect(a.elector.lost.aborted).toBe(true);
  expect(mayWrite(a.elector)).toBe(false);
  // For good: a process that has lost doesn't lead again.
  a.faults.cut = false;
  await pass(60_000);
  expect(mayWrite(a.elector)).toBe(false);
});

test('a leader that was frozen may not write from the first moment, before any of its timers has run', async () => {
  const clock = { offset: 0 };
  const a = candidate('a', () => performance.now() + clock.offset);
  await pass(1_000);
  expect(mayWrite(a.elector)).toBe(true);
  clock.offset = 10_000;
  expect(mayWrite(a.elector)).toBe(false);
  expect(a.elector.lost.aborted).toBe(true);
});

test('a renewal counts from when it was begun: an answer that comes late renews nothing', async () => {
  const a = candidate('a');
  await pass(1_000);
  const held = Promise.withResolvers<void>();
  a.faults.held = held.promise;
  await pass(8_900);
  a.faults.held = undefined;
  // Begun at 2,000; without it, the last one was begun at 0.
  held.resolve();
  await pass(0);
  expect(mayWrite(a.elector)).toBe(true);
  a.faults.cut = true;
  await pass(2_099);
  expect(mayWrite(a.elector)).toBe(true);
  await pass(1);
  expect(mayWrite(a.elector)).toBe(false);
});

test('a claim that took longer than the renew deadline is not one', async () => {
  const held = Promise.withResolvers<void>();
  const a = candidate('a');
  a.faults.held = held.promise;
  await pass(0);
  const clock = vi.fn(() => performance.now());
  const b = candidate('b', clock);
  // The clock jumps between the beginning of the write and its answer.
  clock.mockImplementationOnce(() => 0).mockImplementation(() => performance.now() + 20_000);
  await pass(0);
  expect(b.leads).toBeUndefined();
  await pass(2_000);
  expect(b.leads).toBe(true);
  held.resolve();
});

test('a Lease that was given back is taken within the retry period', async () => {
  const a = candidate('a');
  await pass(0);
  const b = candidate('b');
  await pass(30_000);
  await a.elector.release();
  expect(mayWrite(a.elector)).toBe(false);
  expect(a.elector.lost.aborted).toBe(false);
  await pass(2_000);
  expect(b.leads).toBe(true);
  expect(lease.now.record).toMatchObject({ holder: 'b', transitions: 1 });
});

test('a process that comes back under the same name leads at once; one that still runs sees that it was replaced', async () => {
  const a = candidate('same');
  await pass(3_000);
  const again = candidate('same');
  await pass(0);
  expect(again.leads).toBe(true);
  expect(lease.now.record?.transitions).toBe(0);
  await pass(2_000);
  expect(a.elector.lost.aborted).toBe(true);
  expect(mayWrite(a.elector)).toBe(false);
  expect(mayWrite(again.elector)).toBe(true);
});

describe('a leader goes on when', () => {
  test.each<[string, (a: ReturnType<typeof candidate>) => void, (a: ReturnType<typeof candidate>) => void]>([
    [
      'answers to its renewals were lost',
      (a) => Object.assign(a.faults, { deaf: true }),
      (a) => Object.assign(a.faults, { deaf: false }),
    ],
    ['the Lease was removed', () => lease.now.remove(), () => {}],
    ['the Lease was edited, but not its holder', () => lease.now.edit({ durationMs: 5_000 }), () => {}],
    [
      'it was cut off for a while',
      (a) => Object.assign(a.faults, { cut: true }),
      (a) => Object.assign(a.faults, { cut: false }),
    ],
  ])('%s', async (_, before, after) => {
    const a = candidate('a');
    await pass(5_000);
    before(a);
    await pass(5_000);
    after(a);
    for (let i = 0; i < 30; i++) {
      await pass(1_000);
      expect(mayWrite(a.elector)).toBe(true);
    }
    expect(lease.now.record?.holder).toBe('a');
  });
});

test('a leader that sees another holder gives up at once, however short its last renewal was ago', async () => {
  const a = candidate('a');
  await pass(1_000);
  lease.now.edit({ holder: 'b', acquiredAt: 77 });
  await pass(1_000);
  expect(a.elector.lost.aborted).toBe(true);
  await a.elector.release();
  expect(lease.now.record?.holder).toBe('b');
});

test('a candidate that is stopped while it is being given the Lease gives it back', async () => {
  const a = candidate('a');
  const held = Promise.withResolvers<void>();
  a.faults.held = held.promise;
  await pass(0);
  a.stop.abort();
  held.resolve();
  await a.acquired;
  expect(a.leads).toBe(false);
  expect(lease.now.record?.holder ?? '').toBe('');
});

test('of three that are cut off and frozen at random never two may write', async () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const processes = ['a', 'b', 'c'].map((name) => ({ name, now: candidate(name), away: 0 }));
  const led = new Set<string>();
  for (let i = 0; i < 10_000; i++) {
    await pass(200);
    const leading = processes.filter(({ now }) => mayWrite(now.elector));
    expect(leading.length).toBeLessThanOrEqual(1);
    for (const { name } of leading) led.add(name);
    for (const process of processes) {
      const { elector, faults, stop } = process.now;
      if (process.away > 0 && --process.away === 0) process.now = candidate(process.name);
      if (process.away > 0) continue;
      if (random() < 0.02) faults.cut = random() < 0.5;
      if (random() < 0.02) faults.deaf = random() < 0.5;
      if (random() < 0.002) {
        stop.abort();
        await elector.release();
      }
      // It comes back after a while.
      if (elector.lost.aborted || stop.signal.aborted) process.away = 1 + Math.floor(random() * 200);
    }
  }
  expect(led).toEqual(new Set(['a', 'b', 'c']));
});
