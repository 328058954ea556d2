/**
 * Checks types, lint, format, what is unused, the import rules of ARCHITECTURE.md and the form of comments. Ends with
 * 1 on any fault.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { badComments } from './comments.ts';
import { brokenImports } from './imports.ts';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');
const cache = join(root, 'node_modules', '.cache', 'types');
let failed = false;

/** Runs a program of node_modules. @returns what it printed, and whether all is well */
function run(
  program: string,
  args: readonly string[],
): Promise<{ readonly ok: boolean; readonly output: string }> {
  return new Promise((resolve) => {
    execFile(join(bin, program), args, { cwd: root, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ ok: error === null, output: stdout + stderr }),
    );
  });
}

/** Returns the arguments that check a project's types, of what has changed since the last time. */
function typesOf(project: string): readonly string[] {
  const state = join(cache, `${project.replaceAll('/', '-')}.tsbuildinfo`);
  return ['-p', project, '--incremental', '--tsBuildInfoFile', state];
}

// Side by side: each leaves a core idle for a part of its time.
const programs = (
  [
    ['types', 'tsc', typesOf('.')],
    ['types of the page', 'tsc', typesOf('src/cli/page')],
    ['types of its tests', 'tsc', typesOf('test/acceptance/ui')],
    ['lint and format', 'biome', ['check', '--error-on-warnings', '.']],
    ['unused files, exports and packages', 'knip', ['--no-progress']],
  ] as const
).map(async ([name, program, args]) => ({ name, ...(await run(program, args)) }));
for (const { name, ok, output } of await Promise.all(programs)) {
  if (!ok) console.log(output);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
  failed ||= !ok;
}

for (const [name, faults] of [
  ['imports', brokenImports(join(root, 'src'))],
  ['comments', badComments(root)],
] as const) {
  for (const line of faults) console.log(line);
  console.log(`${faults.length === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  failed ||= faults.length > 0;
}
process.exitCode = failed ? 1 : 0;
