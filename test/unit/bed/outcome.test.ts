/** The closing line of `npm test`. */
import { describe, expect, test } from 'vitest';
import { closingLine, failedFiles, type Report, vitestCounts, withSecondTry } from '../../outcome.ts';

const report = (more: Partial<Report>): Report => ({
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...more,
});
const file = (name: string, ...statuses: string[]) => ({
  name,
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ status })),
});
const counts = (passed: number, failed: number, skipped: number) => ({ passed, failed, skipped });

describe('vitestCounts', () => {
  test.each([
    ['a good run', report({}), 0, counts(5, 0, 0)],
    ['no report', undefined, 0, counts(0, 1, 0)],
    ['tests that failed', report({ numFailedTests: 2 }), 1, counts(5, 2, 0)],
    ['a bad end that no test explains', report({}), 1, counts(5, 1, 0)],
    [
      'a file that failed before its first test',
      report({ testResults: [{ name: 'a', status: 'failed', assertionResults: [] }] }),
      1,
      counts(5, 1, 0),
    ],
    [
      'a file with a failed test, which counts once',
      report({ numFailedTests: 1, testResults: [file('a', 'failed')] }),
      1,
      counts(5, 1, 0),
    ],
    ['tests that are left out', report({ numPendingTests: 2, numTodoTests: 1 }), 0, counts(5, 0, 3)],
  ])('%s', (_, given, code, wanted) => {
    expect(vitestCounts(given, code)).toEqual(wanted);
  });
});

describe('a second try', () => {
  const first = report({
    testResults: [file('a', 'passed', 'skipped'), file('b', 'failed', 'passed'), file('c', 'failed')],
  });

  test('is for the files that failed', () => {
    expect(failedFiles(first)).toEqual(['b', 'c']);
  });

  test('counts in the place of the first one', () => {
    const second = report({ testResults: [file('b', 'passed', 'passed'), file('c', 'failed')] });
    expect(vitestCounts(withSecondTry(first, second), 1)).toEqual(counts(3, 1, 1));
  });

  test('of a part leaves the other files as they were', () => {
    expect(vitestCounts(withSecondTry(first, report({ testResults: [file('b', 'passed')] })), 0)).toEqual(
      counts(2, 1, 1),
    );
  });
});

test('the closing line is the sum, and says "skipped" if something was', () => {
  expect(closingLine([counts(1, 0, 0), counts(5, 2, 0)])).toBe('6 passed, 2 failed');
  expect(closingLine([counts(1, 0, 0), counts(5, 0, 2), counts(0, 0, 1)])).toBe(
    '6 passed, 0 failed, 3 skipped',
  );
});
