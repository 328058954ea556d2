/**
 * `npm run test:kubernetes -- VERSION [--record] [FILTER...]`: the integration tests on another version of Kubernetes,
 * built from the Go module proxy. VERSION is 1.34, 1.34.4, oldest or newest. FILTER is as vitest has it: by default all
 * integration tests and the chart's. With `--record` docs/versioning.md will say what was run.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { recordPath } from '../../scripts/docs/kubernetes-records.ts';
import { closingLine, type Report, vitestCounts } from '../outcome.ts';
import { availableVersions, buildKubernetes, firstComplete } from './build.ts';
import { type FilesReport, readRecord, withRun } from './record.ts';
import { candidateVersions, oldestMinor } from './versions.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FILTERS = ['test/integration/', 'test/acceptance/chart/'];
const USAGE =
  'Usage: npm run test:kubernetes -- VERSION [--record] [FILTER...], where VERSION is 1.34, 1.34.4, oldest or newest';

/** Runs vitest with these programs before the bed's own. */
function runTests(
  { version, folders }: { version: string; folders: readonly string[] },
  filters: readonly string[],
  report: string,
): Promise<number> {
  const own = process.env['ACCESSKEYS_BED_BIN'];
  const bin = [...folders, ...(own ? [own] : [])].join(delimiter);
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--project', 'integration', ...reporters, ...filters],
    {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ACCESSKEYS_BED_BIN: bin, KUBERNETES_VERSION: version },
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

function readReport(path: string): (Report & FilesReport) | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

async function main(asked: string, filters: readonly string[], record: boolean): Promise<void> {
  const chart = readFileSync(join(ROOT, 'charts', 'access-key-operator', 'Chart.yaml'), 'utf8');
  const candidates = candidateVersions(asked, await availableVersions(), oldestMinor(chart));
  const version = await firstComplete(candidates, console.log);
  console.log(`kubernetes: ${version}`);
  const folders = await buildKubernetes(version, console.log);
  const folder = mkdtempSync(join(tmpdir(), 'accesskeys-kubernetes-'));
  try {
    const path = join(folder, 'report.json');
    const code = await runTests({ version, folders }, filters.length > 0 ? filters : FILTERS, path);
    const report = readReport(path);
    if (record && report !== undefined) {
      const today = new Date().toISOString().slice(0, 10);
      const text = JSON.stringify(withRun(readRecord(version), report, today), undefined, 2);
      writeFileSync(recordPath(version), `${text}\n`);
      console.log(
        `kubernetes: wrote ${recordPath(version)}; \`npm run generate\` brings it into docs/versioning.md`,
      );
    }
    const counts = vitestCounts(report, code);
    console.log(`\nKubernetes ${version}: ${closingLine([counts])}`);
    process.exitCode = counts.failed > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  options: { record: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [asked, ...filters] = positionals;
if (asked === undefined) {
  console.error(USAGE);
  process.exit(2);
}
await main(asked, filters, values.record).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
