import { beforeEach, expect, test } from 'vitest';
import { createPatience, type Patience } from '../../../src/network/patience.ts';

const LIMITS = { minMs: 15_000, maxMs: 300_000 };
let now = 0;
let patience: Patience;
beforeEach(() => {
  now = 1_000_000;
  patience = createPatience({ ...LIMITS, now: () => now });
});

/** A request that is answered after that time. */
function answer(tookMs: number, isSample = true): void {
  now += tookMs;
  patience.answered(tookMs, isSample);
}

/** A request that is given up, while the server answers others all the time, or only at its beginning. */
function giveUp({ alive }: { readonly alive: boolean }): void {
  const waitedMs = patience.limitMs;
  now += waitedMs / 4;
  patience.answered(10, false);
  now += waitedMs / 2;
  if (alive) patience.answered(10, false);
  now += waitedMs / 4;
  patience.timedOut(waitedMs);
}

test('a server that answers in time has the minimum', () => {
  expect(patience.limitMs).toBe(15_000);
  for (let n = 0; n < 20; n += 1) answer(50);
  expect(patience.limitMs).toBe(15_000);
});

test('the deadline is twice the slowest of the last answers, up to the maximum', () => {
  answer(20_000);
  expect(patience.limitMs).toBe(40_000);
  answer(50);
  expect(patience.limitMs).toBe(40_000);
  answer(200_000);
  expect(patience.limitMs).toBe(300_000);
});

test('the deadline doubles with each request that a living server leaves without an answer', () => {
  const limits = Array.from({ length: 6 }, () => {
    giveUp({ alive: true });
    return patience.limitMs;
  });
  expect(limits).toEqual([30_000, 60_000, 120_000, 240_000, 300_000, 300_000]);
});

test('a server that answers nothing any more is waited for no longer', () => {
  giveUp({ alive: false });
  for (let n = 0; n < 5; n += 1) {
    now += patience.limitMs;
    patience.timedOut(patience.limitMs);
  }
  expect(patience.limitMs).toBe(15_000);
});

test('what was given up counts once the server answers anything', () => {
  giveUp({ alive: false });
  answer(10, false);
  expect(patience.limitMs).toBe(30_000);
});

test('quick reads say nothing of how long writes take, slow ones do', () => {
  answer(20_000);
  for (let n = 0; n < 100; n += 1) answer(10, false);
  expect(patience.limitMs).toBe(40_000);
  answer(90_000, false);
  expect(patience.limitMs).toBe(180_000);
});

test('a server that is well again has the minimum after a few writes, or after a time', () => {
  answer(100_000);
  for (let n = 0; n < 7; n += 1) answer(50);
  expect(patience.limitMs).toBe(200_000);
  answer(50);
  expect(patience.limitMs).toBe(15_000);
  answer(100_000);
  now += 10 * 100_000;
  expect(patience.limitMs).toBe(15_000);
});
