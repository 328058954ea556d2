import { expect, test } from 'vitest';
import { parseRetryAfter } from '../../../src/network/retry-after.ts';

const NOW = Date.UTC(2026, 0, 1);

test.each([
  ['7', 7_000],
  ['0', 0],
  ['99999999999999999999', 300_000],
  [new Date(NOW + 5_000).toUTCString(), 5_000],
  [new Date(NOW - 5_000).toUTCString(), 0],
  ['-1', 0],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After %s is %s ms', (header, ms) => {
  expect(parseRetryAfter(header, NOW)).toBe(ms);
});
