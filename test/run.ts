/** `npm test`: the checks, then unit and integration tests; ends with the line `N passed, N failed`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'accesskeys-test-'));
const report = join(folder, 'report.json');

/** Runs a program of the project's Node in the foreground; a signal to this process ends it too. */
function run(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      resolve(code ?? (signal ? 1 : 0));
    });
  });
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

function readReport(): Report | undefined {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return undefined;
  }
}

try {
  const checks = await run([join('scripts', 'check.ts')]);
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const tests = await run([vitest, 'run', ...reporters, ...process.argv.slice(2)]);
  const result = readReport();
  // A file that fails before its first test counts as one failure, and so do the checks.
  const broken =
    result?.testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    ).length ?? 1;
  const failed = (result?.numFailedTests ?? 0) + broken + (checks === 0 ? 0 : 1);
  const passed = (result?.numPassedTests ?? 0) + (checks === 0 ? 1 : 0);
  const skipped = (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0);
  const unexplained = tests !== 0 && failed === 0 ? 1 : 0;
  console.log(
    `\n${passed} passed, ${failed + unexplained} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
  process.exitCode = failed + unexplained > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
