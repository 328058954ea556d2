import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenBucket } from '../../../src/runtime/token-bucket.ts';

function bucketOf(burst: number, perSecond: number) {
  let time = 1_000_000;
  const bucket = createTokenBucket({ burst, perSecond, now: () => time });
  const takeAll = (reserve = 0) => {
    let count = 0;
    while (bucket.take(reserve)) count += 1;
    return count;
  };
  return {
    bucket,
    takeAll,
    pass: (ms: number) => {
      time += ms;
    },
  };
}

test('a full bucket lets its burst through, and then as many as come back', () => {
  const { bucket, takeAll, pass } = bucketOf(5, 2);
  expect([bucket.isFull(), bucket.waitMs()]).toEqual([true, 0]);
  expect(takeAll()).toBe(5);
  expect([bucket.isFull(), bucket.waitMs()]).toEqual([false, 500]);
  pass(1_000);
  expect(takeAll()).toBe(2);
  pass(3_600_000);
  expect(bucket.isFull()).toBe(true);
  expect(takeAll()).toBe(5);
});

test('a reserve is left to those who may take it', () => {
  const { takeAll } = bucketOf(10, 1);
  expect(takeAll(4)).toBe(6);
  expect(takeAll()).toBe(4);
});

test('whatever the steps of the clock, no more come through than the burst and the rate allow', () => {
  const step = fc.integer({ min: -5_000, max: 5_000 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const { takeAll, pass } = bucketOf(7, 3);
      let taken = takeAll();
      let forward = 0;
      for (const ms of steps) {
        pass(ms);
        forward += Math.max(0, ms);
        taken += takeAll();
      }
      expect(taken).toBeLessThanOrEqual(7 + (forward * 3) / 1_000);
    }),
  );
});
