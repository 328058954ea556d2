/**
 * `npm test`: the checks, unit and integration tests, and the test with real pods; ends with the line
 * `N passed, N failed`. With arguments it is what vitest makes of them, without pods and without a second try.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { startPodTest } from './acceptance/pod/in-the-run.ts';
import { COMPILE_CACHE } from './bed/compile-cache.ts';
import {
  type Counts,
  closingLine,
  failedFiles,
  type Report,
  vitestCounts,
  withSecondTry,
} from './outcome.ts';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'accesskeys-test-'));
const vitest = join('node_modules', 'vitest', 'vitest.mjs');
const args = process.argv.slice(2);

/** The signal that ends this run: nothing more is started after it. */
let ending: NodeJS.Signals | undefined;

/**
 * The largest number of files that get a second try. If more fail, it isn't for the load of a machine that runs three
 * files at once.
 */
const SECOND_TRIES = 3;

/** Runs a program of the project's Node in the foreground; a signal to this process ends it too. */
function run(args: readonly string[], more: Record<string, string> = {}): Promise<number> {
  if (ending !== undefined) return Promise.resolve(1);
  const env = { ...process.env, ...COMPILE_CACHE, ...more };
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

/** Runs vitest. Returns the code with which it ended, and its report if it wrote one. */
async function runVitest(
  title: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<{ code: number; report: Report | undefined }> {
  const path = join(folder, `${title}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const code = await run([vitest, 'run', ...reporters, ...args], env);
  try {
    return { code, report: JSON.parse(readFileSync(path, 'utf8')) };
  } catch {
    return { code, report: undefined };
  }
}

/**
 * Runs vitest. If a few files of a whole run fail, it runs them again, one at a time and with the machine to themselves,
 * and says which of them passed only then. What fails there too has failed.
 */
async function runTests(): Promise<Counts> {
  const { code, report } = await runVitest('tests', args);
  const files = report === undefined ? [] : failedFiles(report);
  const isOver = code === 0 || args.length > 0 || ending !== undefined;
  if (report === undefined || isOver || files.length === 0 || files.length > SECOND_TRIES)
    return vitestCounts(report, code);
  const names = files.map((file) => relative(root, file));
  console.log(`\nfailed beside other files, and run again alone: ${names.join(', ')}`);
  const again = await runVitest('again', names, { TEST_WORKERS: '1' });
  if (again.report === undefined) return vitestCounts(report, code);
  const failed = failedFiles(again.report);
  const passed = names.filter((_, at) => !failed.includes(files[at] ?? ''));
  if (passed.length > 0) console.log(`\npassed only at the second try, alone: ${passed.join(', ')}`);
  return vitestCounts(withSecondTry(report, again.report), again.code);
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
  const tests = await runTests();
  const ok = checks === 0;
  const counts: Counts[] = [
    { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 },
    tests,
    ...(pods ? [await pods.finish()] : []),
  ];
  console.log(`\n${closingLine(counts)}`);
  process.exitCode = counts.some(({ failed }) => failed > 0) ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
