/** The plugin's bundle: the first file of a run that asks for it builds it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildCliBundle, PLUGIN } from '../../../scripts/build-cli.ts';
import { bundlesFolder } from '../../bed/bundles.ts';
import { lock } from '../../bed/lock.ts';

/** A bundle, and the variables with which it starts fast. */
interface PluginBundle {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Returns the run's bundle, and builds it if there is none yet.
 * @param folder where it is built outside of a run
 */
export async function pluginBundle(folder: string): Promise<PluginBundle> {
  const home = bundlesFolder() ?? folder;
  const path = join(home, 'plugin', `${PLUGIN}.mjs`);
  const held = await lock(join(home, 'plugin.lock'));
  try {
    if (!existsSync(path)) await buildCliBundle(join(home, 'plugin'));
  } finally {
    held.release();
  }
  return { path, env: { NODE_COMPILE_CACHE: join(home, 'plugin-cache') } };
}
