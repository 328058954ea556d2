import { join, relative } from 'node:path';
import { type FileResult, readRecords, type TestRecord } from '../../scripts/docs/kubernetes-records.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The part of vitest's JSON report that a record is made of. */
export interface FilesReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Reads the record of a version, or returns an empty one if another patch of it was tested last. */
export function readRecord(version: string): TestRecord {
  return readRecords().find((record) => record.version === version) ?? { version, files: {} };
}

/** Adds a run to a record. Files that weren't run keep their last result. @param on the day of the run */
export function withRun(record: TestRecord, report: FilesReport, on: string): TestRecord {
  const results = report.testResults.map(({ name, status, assertionResults }): [string, FileResult] => {
    const count = (...wanted: string[]) =>
      assertionResults.filter((one) => wanted.includes(one.status)).length;
    const broken = status === 'failed' && assertionResults.length === 0 ? 1 : 0;
    return [
      relative(ROOT, name),
      {
        passed: count('passed'),
        failed: count('failed') + broken,
        skipped: count('pending', 'skipped', 'todo'),
        on,
      },
    ];
  });
  const files = { ...record.files, ...Object.fromEntries(results) };
  return {
    version: record.version,
    files: Object.fromEntries(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}
