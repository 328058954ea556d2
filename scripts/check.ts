/** Checks types, lint, format, what is unused, and the import rules of ARCHITECTURE.md. Ends with 1 on any fault. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
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

const broken = brokenImports(join(root, 'src'));
for (const line of broken) console.log(line);
console.log(`${broken.length === 0 ? 'ok    ' : 'FAILED'} imports`);
process.exitCode = failed || broken.length > 0 ? 1 : 0;
