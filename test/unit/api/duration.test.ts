import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDurationMs } from '../../../src/api/duration.ts';

test.each([
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['90s', 90_000],
  ['0s', 0],
  ['5s1h', 3_605_000],
])('%s is %i ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test.each(['', '10', 'm', '10 m', '-10m', '1.5h', '10ms', '1d', '10m\n', '100000h', '1s'.repeat(17)])(
  '%j is no duration',
  (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  },
);

test('hours, minutes and seconds add up', () => {
  const part = fc.nat({ max: 99_999 });
  fc.assert(
    fc.property(part, part, part, (h, m, s) => {
      expect(parseDurationMs(`${h}h${m}m${s}s`)).toBe(((h * 60 + m) * 60 + s) * 1000);
    }),
  );
});
