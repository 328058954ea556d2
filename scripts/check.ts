/** Types, lint, format, and the import rule of ARCHITECTURE.md. Ends with 1 if anything is wrong. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { brokenImports } from './imports.ts';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');
let failed = false;

for (const [name, program, args] of [
  ['types', 'tsc', ['-p', '.']],
  ['lint and format', 'biome', ['check', '--error-on-warnings', '.']],
] as const) {
  const { status } = spawnSync(join(bin, program), args, { cwd: root, stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  failed ||= status !== 0;
}

const broken = brokenImports(join(root, 'src'));
for (const line of broken) console.log(line);
console.log(`${broken.length === 0 ? 'ok    ' : 'FAILED'} imports`);
process.exitCode = failed || broken.length > 0 ? 1 : 0;
