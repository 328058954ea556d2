import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pinnedKubernetes, readRecords, type TestRecord } from './kubernetes-records.ts';
import { code, listed, table } from './markdown.ts';

const FILE = join(import.meta.dirname, '..', '..', 'docs', 'versioning.md');

/** Frames the table of the versions of Kubernetes that tests ran on. */
const FRAME = /(?<=<!-- generated: tested versions of Kubernetes -->\n)[\s\S]*?(?=\n<!-- end -->)/;

/** Returns docs/versioning.md with what the records in test/kubernetes/results say. */
export function renderVersioning(records: readonly TestRecord[] = readRecords()): string {
  const text = readFileSync(FILE, 'utf8');
  if (!FRAME.test(text))
    throw new Error('docs/versioning.md has no place for the tested versions of Kubernetes');
  return text.replace(FRAME, () => testedVersions(records));
}

/** Returns a table of the versions, the bed's own first. */
function testedVersions(records: readonly TestRecord[]): string {
  const own = pinnedKubernetes().slice(1);
  return table(
    ['Version', 'Tests', 'Passed', 'Failed', 'Last run'],
    [[own, `all, with each change (${code('npm test')})`, '', '', ''], ...records.map(row)],
  );
}

function row({ version, files }: TestRecord): string[] {
  const results = Object.entries(files);
  const sum = (count: 'passed' | 'failed') => results.reduce((total, [, one]) => total + one[count], 0);
  const failing = results.filter(([, { failed }]) => failed > 0).map(([file]) => basename(file, '.test.ts'));
  const last = results.map(([, { on }]) => on).sort();
  return [
    version.slice(1),
    foldersOf(results.map(([file]) => file)),
    String(sum('passed')),
    failing.length > 0 ? `${sum('failed')}, in ${listed(failing)}` : '0',
    last.at(-1) ?? '',
  ];
}

/** Returns the folders with the numbers of their files that were run. */
function foldersOf(files: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const file of files) {
    const folder = basename(dirname(file));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  const parts = [...counts].map(([folder, count]) => `${folder} ${count}`);
  return `${files.length} files: ${parts.join(', ')}`;
}
