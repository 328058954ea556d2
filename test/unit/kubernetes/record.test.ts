/** The record of what was tested on a version of Kubernetes. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRecords, recordPath } from '../../../scripts/docs/kubernetes-records.ts';
import { withRun } from '../../kubernetes/record.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const file = (name: string, status: string, ...statuses: string[]) => ({
  name: join(ROOT, 'test', 'integration', name),
  status,
  assertionResults: statuses.map((one) => ({ status: one })),
});

test('a run replaces the results of its files, and keeps the others', () => {
  const first = withRun(
    { version: 'v1.34.4', files: {} },
    {
      testResults: [
        file('b.test.ts', 'failed', 'passed', 'failed', 'pending', 'todo'),
        file('a.test.ts', 'passed', 'passed'),
        file('broken.test.ts', 'failed'),
      ],
    },
    '2026-11-27',
  );
  expect(Object.entries(first.files)).toEqual([
    ['test/integration/a.test.ts', { passed: 1, failed: 0, skipped: 0, on: '2026-11-27' }],
    ['test/integration/b.test.ts', { passed: 1, failed: 1, skipped: 2, on: '2026-11-27' }],
    ['test/integration/broken.test.ts', { passed: 0, failed: 1, skipped: 0, on: '2026-11-27' }],
  ]);
  const again = withRun(
    first,
    { testResults: [file('b.test.ts', 'passed', 'passed', 'passed')] },
    '2026-11-28',
  );
  expect(again).toEqual({
    version: 'v1.34.4',
    files: {
      ...first.files,
      'test/integration/b.test.ts': { passed: 2, failed: 0, skipped: 0, on: '2026-11-28' },
    },
  });
});

test('there is one record for a minor version', () => {
  expect(recordPath('v1.34.4')).toMatch(/test\/kubernetes\/results\/v1\.34\.json$/);
  for (const { version } of readRecords()) expect(version).toMatch(/^v1\.\d+\.\d+$/);
});
