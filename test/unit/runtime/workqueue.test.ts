import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createBackoff } from '../../../src/runtime/backoff.ts';
import { createWorkqueue } from '../../../src/runtime/workqueue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Returns the present value of a promise, or 'pending'. */
function now<T>(promise: Promise<T>): Promise<T | 'pending'> {
  return Promise.race([promise, Promise.resolve().then(() => 'pending' as const)]);
}

describe('a queue', () => {
  test('hands keys out once each, the oldest first', async () => {
    const queue = createWorkqueue();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.length).toBe(3);
    expect([await queue.get(), await queue.get(), await queue.get()]).toEqual(['a', 'b', 'c']);
    expect(await now(queue.get())).toBe('pending');
  });

  test('hands a key out again, once and only when it is done, if it was added while it was worked on', async () => {
    const queue = createWorkqueue();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.add('a');
    const next = queue.get();
    expect(await now(next)).toBe('pending');
    queue.done('a');
    expect(await next).toBe('a');
    queue.done('a');
    expect(await now(queue.get())).toBe('pending');
  });

  test('never hands a key out twice at once and loses none, in whatever order it is used', async () => {
    const step = fc.oneof(
      fc.record({ what: fc.constantFrom('add', 'done'), key: fc.constantFrom('a', 'b', 'c') }),
      fc.constant({ what: 'get', key: '' }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const queue = createWorkqueue();
        const out = new Set<string>();
        const owed = new Set<string>();
        const take = async () => {
          const key = queue.length > 0 ? await queue.get() : undefined;
          if (key === undefined) return;
          expect(out.has(key)).toBe(false);
          out.add(key);
          owed.delete(key);
        };
        for (const { what, key } of steps) {
          if (what === 'get') await take();
          else if (what === 'add') {
            queue.add(key);
            owed.add(key);
          } else if (out.delete(key)) queue.done(key);
        }
        for (const key of out) queue.done(key);
        out.clear();
        while (queue.length > 0) await take();
        expect(owed).toEqual(new Set());
      }),
    );
  });
});

describe('a delayed key', () => {
  test('comes after the earlier of two delays, whichever was set first', async () => {
    for (const delays of [
      [1_000, 5_000],
      [5_000, 1_000],
    ]) {
      const queue = createWorkqueue();
      for (const ms of delays) queue.addAfter('a', ms);
      vi.advanceTimersByTime(999);
      expect(queue.length).toBe(0);
      vi.advanceTimersByTime(1);
      expect(await queue.get()).toBe('a');
      queue.done('a');
      vi.advanceTimersByTime(60_000);
      expect(queue.length).toBe(0);
    }
  });

  test('loses its delay when it is handed out, but keeps one that is set while it is worked on', async () => {
    const queue = createWorkqueue();
    queue.addAfter('a', 1_000);
    queue.add('a');
    await queue.get();
    queue.done('a');
    vi.advanceTimersByTime(2_000);
    expect(queue.length).toBe(0);
    queue.add('a');
    await queue.get();
    queue.addAfter('a', 1_000);
    queue.done('a');
    vi.advanceTimersByTime(1_000);
    expect(queue.length).toBe(1);
  });

  test('comes on time after a delay that is longer than a timer can hold', () => {
    const queue = createWorkqueue();
    const month = 31 * 24 * 3_600_000;
    queue.addAfter('a', 2 * month);
    vi.advanceTimersByTime(2 * month - 1);
    expect(queue.length).toBe(0);
    vi.advanceTimersByTime(1);
    expect(queue.length).toBe(1);
  });

  test('comes at once without a delay, never after an infinite one, and rejects what is no number', () => {
    const queue = createWorkqueue();
    queue.addAfter('a', 0);
    queue.addAfter('b', -5);
    queue.addAfter('c', Number.POSITIVE_INFINITY);
    expect(() => queue.addAfter('d', Number.NaN)).toThrow(RangeError);
    expect(queue.length).toBe(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('waits longer for each retry until it is forgotten', async () => {
    const queue = createWorkqueue({ backoff: createBackoff({ baseMs: 100, random: () => 1 }) });
    expect([1, 2, 3].map(() => queue.addRateLimited('a'))).toEqual([100, 200, 400]);
    queue.forget('a');
    expect(queue.addRateLimited('a')).toBe(100);
    expect(queue.addRateLimited('b', 7_000)).toBe(7_100);
    vi.advanceTimersByTime(100);
    expect(await queue.get()).toBe('a');
  });
});

test('a queue that is shut down gives and takes nothing, and leaves no timer', async () => {
  const queue = createWorkqueue();
  queue.add('a');
  await queue.get();
  const waiting = queue.get();
  queue.addAfter('b', 1_000);
  queue.add('a');
  queue.shutDown();
  expect(await waiting).toBeUndefined();
  queue.done('a');
  queue.add('c');
  queue.addAfter('c', 1);
  expect(await queue.get()).toBeUndefined();
  expect([queue.length, vi.getTimerCount()]).toEqual([0, 0]);
});

test('says how long ready keys wait, and for how long none was taken', async () => {
  let time = 0;
  const waits: number[] = [];
  const queue = createWorkqueue({ now: () => time, onTaken: (ms) => void waits.push(ms) });
  expect(queue.stalledMs()).toBe(0);
  queue.add('a');
  queue.add('b');
  time = 50;
  expect(queue.stalledMs()).toBe(50);
  await queue.get();
  expect(queue.stalledMs()).toBe(0);
  // Ready again only when it is done: until then it doesn't wait.
  queue.add('a');
  time = 80;
  expect(queue.stalledMs()).toBe(30);
  await queue.get();
  queue.done('a');
  time = 90;
  await queue.get();
  expect(waits).toEqual([50, 80, 10]);
  expect(queue.stalledMs()).toBe(0);
});
