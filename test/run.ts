/**
 * `npm test`: the checks, unit and integration tests, and the test with real pods; ends with the line
 * `N passed, N failed`. With arguments it is what vitest makes of them, without pods.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPodTest } from './acceptance/pod/in-the-run.ts';
import { COMPILE_CACHE } from './bed/compile-cache.ts';
import { type Counts, closingLine, type Report, vitestCounts } from './outcome.ts';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'accesskeys-test-'));
const report = join(folder, 'report.json');
const args = process.argv.slice(2);

/** The signal that ends this run: nothing more is started after it. */
let ending: NodeJS.Signals | undefined;

/** Runs a program of the project's Node in the foreground; a signal to this process ends it too. */
function run(args: readonly string[]): Promise<number> {
  if (ending !== undefined) return Promise.resolve(1);
  const env = { ...process.env, ...COMPILE_CACHE };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
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

function readReport(): Report | undefined {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return undefined;
  }
}

try {
  const pods = args.length === 0 ? startPodTest() : undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      ending = signal;
      pods?.process.kill(signal);
    });
  }
  const checks = await run([join('scripts', 'check.ts')]);
  const vitest = join('node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const tests = await run([vitest, 'run', ...reporters, ...args]);
  const ok = checks === 0;
  const counts: Counts[] = [
    { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 },
    vitestCounts(readReport(), tests),
    ...(pods ? [await pods.finish()] : []),
  ];
  console.log(`\n${closingLine(counts)}`);
  process.exitCode = counts.some(({ failed }) => failed > 0) ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
