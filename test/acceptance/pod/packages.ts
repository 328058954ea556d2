/** Debian's packages, on a machine that only runs tests. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../../bed/go-modules.ts';
import { lock } from '../../bed/lock.ts';
import { run } from './shell.ts';

const PATIENCE_MS = 300_000;

/** Installs packages, while nobody else of the project's tests installs any. @throws Error with the end of what apt-get said */
export async function installPackages(
  packages: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  const cache = cacheFolder(process.env);
  await mkdir(cache, { recursive: true });
  // The same as of test/integration/support/tools.ts.
  const held = await lock(join(cache, 'tools.lock'), () => say('waiting for another install'));
  try {
    say(`installing ${packages.join(', ')}`);
    const options = { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: PATIENCE_MS };
    const waiting = ['-o', 'DPkg::Lock::Timeout=120'];
    await run('apt-get', [...waiting, '-q', 'update'], options);
    await run(
      'apt-get',
      [...waiting, '-q', 'install', '-y', '--no-install-recommends', ...packages],
      options,
    );
  } finally {
    held.release();
  }
}
