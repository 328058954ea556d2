import { expect, test } from 'vitest';
import { createClockSkew } from '../../../src/network/clock-skew.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const header = (ms: number) => new Date(ms).toUTCString();

/** Takes in one answer, sent at noon and received after `tookMs`. */
function skewAfter(date: string | undefined, tookMs = 200): number | undefined {
  const skew = createClockSkew(() => NOON + tookMs);
  skew.note(date, NOON);
  return skew.ms();
}

test('a local clock that is ahead is positive, one that is behind is negative', () => {
  expect(skewAfter(header(NOON - 60_000))).toBe(60_000 + 100 - 500);
  expect(skewAfter(header(NOON + 60_000))).toBe(-60_000 + 100 - 500);
});

test.each([undefined, '', 'yesterday'])('the Date header %j says nothing', (date) => {
  expect(skewAfter(date)).toBeUndefined();
});

test('an answer that took long says nothing, and the one before it still counts', () => {
  expect(skewAfter(header(NOON), 5_001)).toBeUndefined();
  let now = NOON;
  const skew = createClockSkew(() => now);
  skew.note(header(NOON - 60_000), NOON);
  now += 10_000;
  skew.note(header(NOON), NOON);
  expect(skew.ms()).toBe(60_000 - 500);
});
