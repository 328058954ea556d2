import { expect, test } from 'vitest';
import { passTimeoutMs } from '../../../src/operator/pass-timeout.ts';

test('a pass has a minute, and time for three slow requests of a slow store', () => {
  expect(passTimeoutMs(undefined)).toBe(60_000);
  expect(passTimeoutMs({ patienceMs: () => 15_000 })).toBe(60_000);
  expect(passTimeoutMs({ patienceMs: () => 100_000 })).toBe(315_000);
});
