/** What was tested on which version of Kubernetes: a file for each minor version in `results/`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Counts } from '../outcome.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RESULTS = join(import.meta.dirname, 'results');

/** The last result of a test file. */
interface FileResult extends Counts {
  /** The day of the run, such as 2026-11-27. */
  readonly on: string;
}

/** What was run on one version. */
export interface TestRecord {
  /** Such as v1.34.4. */
  readonly version: string;
  /** The results by the path of the test file. */
  readonly files: Readonly<Record<string, FileResult>>;
}

/** The part of vitest's JSON report that a record is made of. */
export interface FilesReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Returns where the record of a version is kept. */
export function recordPath(version: string): string {
  return join(RESULTS, `${version.split('.').slice(0, 2).join('.')}.json`);
}

/** Reads all records, the newest version first; there are none before the first run. */
export function readRecords(): readonly TestRecord[] {
  const minor = ({ version }: TestRecord) => Number(version.split('.')[1]);
  if (!existsSync(RESULTS)) return [];
  return readdirSync(RESULTS)
    .filter((name) => name.endsWith('.json'))
    .map((name): TestRecord => JSON.parse(readFileSync(join(RESULTS, name), 'utf8')))
    .toSorted((a, b) => minor(b) - minor(a));
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
