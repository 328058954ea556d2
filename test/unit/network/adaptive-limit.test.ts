import { describe, expect, test } from 'vitest';
import { createAdaptiveLimit } from '../../../src/network/adaptive-limit.ts';

const LIMITS = { min: 16, max: 64 };
const wanted = () => true;

type AdaptiveLimit = ReturnType<typeof createAdaptiveLimit>;

/** Feeds a limit with answers. `ms` gives the time of each by the number of requests in flight. */
function answers(concurrency: AdaptiveLimit, count: number, ms: (atOnce: number) => number): void {
  for (let n = 0; n < count; n += 1) concurrency.answered(ms(concurrency.value));
}

/** A server that is so many ms away, and works on one request at a time, for a ms each. */
const queueing = (awayMs: number) => (atOnce: number) => awayMs + atOnce;

describe('the limit', () => {
  test('rises to the maximum for a distant server that answers many as fast', () => {
    const concurrency = createAdaptiveLimit({ ...LIMITS, isWanted: wanted });
    expect(concurrency.value).toBe(16);
    answers(concurrency, 300, () => 100);
    expect(concurrency.value).toBe(64);
  });

  test('stays at the minimum for a near server that works on one request after the other', () => {
    const concurrency = createAdaptiveLimit({ ...LIMITS, isWanted: wanted });
    concurrency.answered(2);
    answers(concurrency, 5_000, queueing(1));
    expect(concurrency.value).toBe(16);
  });

  test('rises for a server at some distance to what it answers without delay', () => {
    const concurrency = createAdaptiveLimit({ min: 4, max: 256, isWanted: wanted });
    concurrency.answered(51);
    answers(concurrency, 900, queueing(50));
    expect(concurrency.value).toBeGreaterThan(16);
    expect(concurrency.value).toBeLessThan(80);
  });

  test('stays at the minimum for a server with varied answers, since its own work takes long', () => {
    const concurrency = createAdaptiveLimit({ ...LIMITS, isWanted: wanted });
    for (let n = 0; n < 1_000; n += 1) concurrency.answered(n % 5 === 0 ? 1 : 5);
    expect(concurrency.value).toBe(16);
  });
});

test('the limit rises only while something waits', () => {
  let waits = false;
  const concurrency = createAdaptiveLimit({ ...LIMITS, isWanted: () => waits });
  answers(concurrency, 500, () => 100);
  expect(concurrency.value).toBe(16);
  waits = true;
  answers(concurrency, 500, () => 100);
  expect(concurrency.value).toBe(64);
});

test('slower answers lower the limit, and a missing answer sets it to the minimum', () => {
  const concurrency = createAdaptiveLimit({ ...LIMITS, isWanted: wanted });
  answers(concurrency, 300, () => 100);
  answers(concurrency, 200, () => 300);
  expect(concurrency.value).toBeLessThan(64);
  answers(concurrency, 400, () => 300);
  expect(concurrency.value).toBe(16);
  const other = createAdaptiveLimit({ ...LIMITS, isWanted: wanted });
  answers(other, 300, () => 100);
  other.failed();
  expect(other.value).toBe(16);
});

test('a server that has moved away is measured by where it is once there was some quiet', () => {
  let waits = true;
  const concurrency = createAdaptiveLimit({ ...LIMITS, isWanted: () => waits });
  answers(concurrency, 1_000, () => 10);
  concurrency.failed();
  answers(concurrency, 5_000, () => 100);
  expect(concurrency.value).toBe(16);
  waits = false;
  answers(concurrency, 200, () => 100);
  waits = true;
  answers(concurrency, 300, () => 100);
  expect(concurrency.value).toBe(64);
});
