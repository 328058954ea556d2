/** The results of tests on other versions of Kubernetes: a file for each minor version. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const TESTS = join(import.meta.dirname, '..', '..', 'test');
const RESULTS = join(TESTS, 'kubernetes', 'results');
const PINNED = join(TESTS, 'bed', 'programs', 'kubernetes', 'go.mod');

/** The last result of a test file. */
export interface FileResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** The day of the run, such as 2026-11-27. */
  readonly on: string;
}

/** The last results on one version. */
export interface TestRecord {
  /** Such as v1.34.4. */
  readonly version: string;
  /** The results by the path of the test file. */
  readonly files: Readonly<Record<string, FileResult>>;
}

/** Returns the path of a version's record. */
export function recordPath(version: string): string {
  return join(RESULTS, `${version.split('.').slice(0, 2).join('.')}.json`);
}

/** Reads all records, the newest version first. There are none before the first run. */
export function readRecords(): readonly TestRecord[] {
  const minor = ({ version }: TestRecord) => Number(version.split('.')[1]);
  if (!existsSync(RESULTS)) return [];
  return readdirSync(RESULTS)
    .filter((name) => name.endsWith('.json'))
    .map((name): TestRecord => JSON.parse(readFileSync(join(RESULTS, name), 'utf8')))
    .toSorted((a, b) => minor(b) - minor(a));
}

/** Returns the version that the tests' own servers have, such as v1.37.2. */
export function pinnedKubernetes(): string {
  const [, version] = /\bk8s\.io\/kubernetes (v\S+)/.exec(readFileSync(PINNED, 'utf8')) ?? [];
  if (version === undefined) throw new Error(`${PINNED} requires no k8s.io/kubernetes`);
  return version;
}
