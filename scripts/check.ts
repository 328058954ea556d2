/**
 * Checks types, lint, format, what is unused, the import rules of ARCHITECTURE.md and the form of comments. Ends with
 * 1 on any fault.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { badComments } from './comments.ts';
import { brokenImports } from './imports.ts';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');
let failed = false;

for (const [name, program, args] of [
  ['types', 'tsc', ['-p', '.']],
  ['lint and format', 'biome', ['check', '--error-on-warnings', '.']],
  ['unused files, exports and packages', 'knip', ['--no-progress']],
] as const) {
  const { status } = spawnSync(join(bin, program), args, { cwd: root, stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  failed ||= status !== 0;
}

for (const [name, faultsBelow] of [
  ['imports', brokenImports],
  ['comments', badComments],
] as const) {
  const faults = faultsBelow(join(root, 'src'));
  for (const line of faults) console.log(line);
  console.log(`${faults.length === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  failed ||= faults.length > 0;
}
process.exitCode = failed ? 1 : 0;
