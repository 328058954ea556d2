import { expect, test } from 'vitest';
import { expiryTime, RFC3339 } from '../../../src/api/time.ts';

test.each([
  ['2099-01-01T00:00:00Z', '2099-01-01T00:00:00.000Z'],
  ['2099-01-01T00:00:00.25+02:00', '2098-12-31T22:00:00.250Z'],
  ['2099-01-01T00:00:00-23:59', '2099-01-01T23:59:00.000Z'],
])('%s is a time to admission and to the operator', (text, at) => {
  expect(RFC3339.test(text)).toBe(true);
  expect(expiryTime(text)).toBe(Date.parse(at));
  expect(expiryTime(text)).toBe(Date.parse(text));
});

test.each([
  ['2099-01-01T00:00:00+24:00', '2098-12-31T00:00:00.000Z'],
  ['2099-01-01T00:00:00,5Z', '2099-01-01T00:00:00.500Z'],
  ['2099-01-01t00:00:00z', '2099-01-01T00:00:00.000Z'],
  ['2099-01-01T00:00:60Z', '2099-01-01T00:01:00.000Z'],
])('%s, which earlier schemas took, is refused by admission and read by the operator', (text, at) => {
  expect(RFC3339.test(text)).toBe(false);
  expect(expiryTime(text)).toBe(Date.parse(at));
});

test.each(['', 'tomorrow', '2099-01-01', '2099-13-01T00:00:00Z', '2099-01-01T25:00:00Z'])(
  '%j is no time',
  (text) => {
    expect(RFC3339.test(text)).toBe(false);
    expect(expiryTime(text)).toBeUndefined();
  },
);
