import { describe, expect, test } from 'vitest';
import { plain } from '../../../../src/cli/print/plain.ts';
import { table } from '../../../../src/cli/print/table.ts';
import { ago, duration, timeWithDistance } from '../../../../src/cli/print/time.ts';

const HOUR = 3_600_000;

test.each([
  [0, '0s'],
  [4_900, '4s'],
  [65_000, '1m5s'],
  [12 * 60_000, '12m'],
  [3 * HOUR + 12 * 60_000, '3h12m'],
  [50 * HOUR, '2d2h'],
  [40 * 24 * HOUR, '40d'],
  [-5_000, '0s'],
])('a duration of %d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('a time is shown with how far away it is', () => {
  const now = Date.parse('2026-11-27T12:00:00Z');
  expect(timeWithDistance('2026-11-27T13:30:00Z', now)).toBe('2026-11-27T13:30:00Z (in 1h30m)');
  expect(timeWithDistance('2026-11-27T11:59:00Z', now)).toBe('2026-11-27T11:59:00Z (1m ago)');
  expect(timeWithDistance('never', now)).toBe('never');
  expect(ago(undefined, now)).toBe('');
});

describe('a table', () => {
  test('has columns as wide as what a terminal shows, and a mark for what is empty', () => {
    expect(
      table(
        ['NAME', 'LABEL', 'AGE'],
        [
          ['a', 'Fotos 📷 日本', '4s'],
          ['long-name', '', '12m'],
        ],
      ),
    ).toEqual([
      'NAME        LABEL           AGE',
      'a           Fotos 📷 日本   4s',
      'long-name   -               12m',
    ]);
  });

  test('pads beside a color, not within', () => {
    const paint = (text: string) => `<${text}>`;
    expect(table(['A', 'B'], [[{ text: 'x', paint }, 'y']])[1]).toBe('<x>   y');
  });

  test('shows a text of several lines in one', () => {
    expect(table(['A'], [['one\ntwo']])[1]).toBe('one two');
  });
});

test('a text never commands the terminal', () => {
  expect(plain('a\u001b[2Jb\u202ec\u0007\r\n')).toBe('a [2Jb c');
  expect(plain(undefined)).toBe('');
});
