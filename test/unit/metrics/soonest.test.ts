import { expect, test } from 'vitest';
import { soonest } from '../../../src/metrics/soonest.ts';

/** The earliest of these times, in order, and how many others there are. */
function earliest(times: readonly (number | undefined)[], max: number): unknown {
  const kept = soonest<string>(max);
  for (const at of times) kept.add(`at ${at}`, at);
  return { shown: kept.shown().toSorted((a, b) => a.at - b.at), omitted: kept.omitted() };
}

const shown = (...times: readonly number[]) => times.map((at) => ({ of: `at ${at}`, at }));

test.each([
  ['of many', [5, 3, 9, 1], 2, { shown: shown(1, 3), omitted: 2 }],
  ['of as many as are shown', [5, 3, 9, 1], 4, { shown: shown(1, 3, 5, 9), omitted: 0 }],
  ['of any, if none is to be shown', [5, 3], 0, { shown: [], omitted: 2 }],
  ['of those that have a time', [undefined, 3, undefined], 2, { shown: shown(3), omitted: 0 }],
])('earliest finds the soonest %s', (_, times, max, expected) => {
  expect(earliest(times, max)).toEqual(expected);
});

test('earliest finds the soonest of thousands that come in any order', () => {
  const times = Array.from({ length: 5_000 }, (_, n) => (n * 7_919) % 5_000);
  expect(earliest(times, 3)).toEqual({ shown: shown(0, 1, 2), omitted: 4_997 });
});
