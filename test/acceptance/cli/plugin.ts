/** The plugin as people run it: through the real kubectl, which finds it by PATH. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PLUGIN } from '../../../scripts/build-cli.ts';
import type { Bed } from '../../bed/bed.ts';
import { findPrograms } from '../../bed/programs.ts';
import { pluginBundle } from './plugin-bundle.ts';

/** The result of a command. */
interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  /** Default: the administrator's. */
  readonly kubeconfig?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface Plugin {
  /** The folder with kubectl and the plugin. */
  readonly bin: string;
  /** The environment of a person who has both on the PATH. */
  env(options?: RunOptions): Record<string, string>;
  /** Runs `kubectl accesskey ARGS`. Never throws: the code says how it ended. */
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Runs it and gives what it printed. @throws Error with what it said if it fails */
  output(args: readonly string[], options?: RunOptions): Promise<string>;
}

/** Puts the plugin beside kubectl. */
export async function installPlugin(bed: Bed): Promise<Plugin> {
  const folder = await mkdtemp(join(bed.folder, 'plugin-'));
  const bin = join(folder, 'bin');
  const { kubectl } = await findPrograms(['kubectl'], console.log);
  await mkdir(bin, { recursive: true });
  const bundle = await pluginBundle(folder);
  await symlink(kubectl, join(bin, 'kubectl'));
  await symlink(bundle.path, join(bin, PLUGIN));

  const env = ({ kubeconfig = bed.adminKubeconfig, env: more = {} }: RunOptions = {}) => ({
    PATH: `${bin}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    ...bundle.env,
    KUBECONFIG: kubeconfig,
    ...more,
  });

  function run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const { promise, resolve } = Promise.withResolvers<Ran>();
    const running = execFile(
      join(bin, 'kubectl'),
      ['accesskey', ...args],
      { env: env(options), cwd: options.cwd ?? folder, timeout: 90_000, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
    // A command that reads nothing may have ended by then.
    running.stdin?.on('error', () => {}).end(options.input);
    return promise;
  }

  return {
    bin,
    env,
    run,
    async output(args, options) {
      const { code, stdout, stderr } = await run(args, options);
      if (code !== 0) throw new Error(`kubectl accesskey ${args.join(' ')} ended with ${code}: ${stderr}`);
      return stdout;
    },
  };
}
