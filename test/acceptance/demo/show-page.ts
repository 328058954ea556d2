import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Bed } from '../../bed/bed.ts';
import { installPlugin } from '../cli/plugin.ts';
import { makeExampleKeys } from '../ui/example-keys.ts';
import { note, say, step } from './demo-say.ts';

/** `npm run demo -- --ui`: some more keys, and the page until Ctrl-C. */
export async function showPage(bed: Bed, title: string): Promise<void> {
  step('The Access Keys page, with some more keys (--ui)');
  await makeExampleKeys(bed);
  const plugin = await installPlugin(bed);
  note(`export KUBECONFIG=${bed.adminKubeconfig}`);
  note('kubectl accesskey ui');
  say(`${title} takes the pair of any key at its endpoint. Ctrl-C ends all of it.`);
  const child = spawn(join(plugin.bin, 'kubectl'), ['accesskey', 'ui'], {
    // The browser that opens is the user's: it needs the rest of the environment.
    env: { ...process.env, ...plugin.env(), HOME: process.env['HOME'] ?? '' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // Ctrl-C reaches it too; a signal to the demo alone doesn't.
  process.on('exit', () => child.kill());
  await new Promise((resolve) => child.on('exit', resolve));
}
