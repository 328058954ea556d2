import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSpread } from '../../../src/runtime/spread.ts';

const HOUR = 3_600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function going(items: Set<number>, periodMs = HOUR, random = 0) {
  const visits: { item: number; at: number }[] = [];
  const startedAt = Date.now();
  const round = createSpread({
    items,
    periodMs,
    visit: (item) => visits.push({ item, at: Date.now() - startedAt }),
    random: () => random,
  });
  round.start();
  return { round, visits };
}

const numbers = (count: number) => new Set(Array.from({ length: count }, (_, i) => i));

test.each([
  [1, HOUR],
  [7, HOUR],
  [10_000, HOUR],
  [7, 1_000],
  [10_000, 1_000],
])('each of %i items has its turn once in a period of %i ms, evenly spread', (count, periodMs) => {
  const { round, visits } = going(numbers(count), periodMs);
  vi.advanceTimersByTime(3 * periodMs);
  round.stop();
  const times = Map.groupBy(visits, ({ item }) => item);
  expect(times.size).toBe(count);
  const tick = Math.min(5_000, periodMs / 10);
  for (const turns of times.values()) {
    expect(turns.length).toBe(3);
    const [first, second, third] = turns.map(({ at }) => at);
    for (const gap of [(second ?? 0) - (first ?? 0), (third ?? 0) - (second ?? 0)]) {
      expect(Math.abs(gap - periodMs)).toBeLessThanOrEqual(2 * tick);
    }
  }
  const most = Math.max(
    ...Map.groupBy(visits, ({ at }) => at)
      .values()
      .map(({ length }) => length),
  );
  expect(most).toBeLessThanOrEqual(Math.ceil((count * tick) / periodMs));
});

test('a round begins at any place, and the next one at the first', () => {
  const { round, visits } = going(numbers(4), 4_000, 0.5);
  vi.advanceTimersByTime(7_200);
  round.stop();
  expect(visits.map(({ item }) => item)).toEqual([2, 3, 0, 1, 2, 3, 0]);
});

test('what comes has its turn in the round under way, and what is gone has none', () => {
  const items = numbers(4);
  const { round, visits } = going(items, 4_000);
  vi.advanceTimersByTime(2_000);
  items.delete(2);
  items.add(9);
  vi.advanceTimersByTime(4_000);
  round.stop();
  expect(visits.map(({ item }) => item)).toEqual([0, 1, 3, 9, 0, 1]);
});

test('of nothing there is nothing to visit, and what comes first has its turn within a period', () => {
  const items = new Set<number>();
  const { round, visits } = going(items, 1_000);
  vi.advanceTimersByTime(10_000);
  expect(visits).toEqual([]);
  items.add(1);
  vi.advanceTimersByTime(1_000);
  round.stop();
  expect(visits.map(({ item }) => item)).toEqual([1]);
});

test('a round that was stopped visits nothing and leaves no timer', () => {
  const { round, visits } = going(numbers(100), 1_000);
  vi.advanceTimersByTime(100);
  round.stop();
  const before = visits.length;
  vi.advanceTimersByTime(10_000);
  expect([before, visits.length, vi.getTimerCount()]).toEqual([10, 10, 0]);
});
