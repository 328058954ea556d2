/** `npm run picture`: docs/dashboard.svg, from some minutes of a real operator on real servers. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const args = ['run', '--project', 'integration', 'test/acceptance/dashboard/dashboard.test.ts'];
const { status } = spawnSync(
  process.execPath,
  [join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ...args],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      DASHBOARD_BEAT_S: '12',
      DASHBOARD_SVG: join(ROOT, 'docs', 'dashboard.svg'),
    },
  },
);
process.exitCode = status ?? 1;
