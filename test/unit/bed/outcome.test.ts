/** The closing line of `npm test`. */
import { describe, expect, test } from 'vitest';
import { closingLine, type Report, vitestCounts } from '../../outcome.ts';

const report = (more: Partial<Report>): Report => ({
  numPassedTests: 5,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...more,
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
      report({ testResults: [{ status: 'failed', assertionResults: [] }] }),
      1,
      counts(5, 1, 0),
    ],
    [
      'a file with a failed test, which counts once',
      report({ numFailedTests: 1, testResults: [{ status: 'failed', assertionResults: [{}] }] }),
      1,
      counts(5, 1, 0),
    ],
    ['tests that are left out', report({ numPendingTests: 2, numTodoTests: 1 }), 0, counts(5, 0, 3)],
  ])('%s', (_, given, code, wanted) => {
    expect(vitestCounts(given, code)).toEqual(wanted);
  });
});

test('the closing line is the sum, and says "skipped" if something was', () => {
  expect(closingLine([counts(1, 0, 0), counts(5, 2, 0)])).toBe('6 passed, 2 failed');
  expect(closingLine([counts(1, 0, 0), counts(5, 0, 2), counts(0, 0, 1)])).toBe(
    '6 passed, 0 failed, 3 skipped',
  );
});
