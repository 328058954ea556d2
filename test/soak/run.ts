/** `npm run soak`: hours, if one likes, of random faults. Prints the seed, with which it can be repeated. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const USAGE = `npm run soak -- [--minutes=30] [--seed=N]

  --minutes  about how long, beside what it takes to begin and to look at what came of it; default 30
  --seed     repeats the choices of an earlier run: which faults and changes, not their times`;

const { values } = parseArgs({
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
});
const minutes = Number(values.minutes ?? 30);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (values.help || !(minutes > 0) || !Number.isInteger(seed)) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 1);
}
console.log(`soak: ${minutes} minutes, --seed=${seed}`);
const root = join(import.meta.dirname, '..', '..');
const vitest = join('node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'soak', '--bail=1'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, SOAK_MINUTES: String(minutes), SOAK_SEED: String(seed) },
});
console.log(`soak: ${status === 0 ? 'all held' : 'something failed'}, --seed=${seed}`);
process.exitCode = status ?? 1;
