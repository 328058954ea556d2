/** Builds the programs of one Go module. */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from './folder.ts';
import { goFlags } from './go-flags.ts';
import { cachedPath, type GoModule, moduleFolder, type ProgramName, pinnedVersion } from './go-modules.ts';
import { lastLines } from './last-lines.ts';
import { startSupervisor } from './supervise.ts';

/** The beginning of the name of a folder that a build makes in the cache, and that goes with it. */
export const UNFINISHED = '.building-';

export interface ModuleBuild {
  readonly module: GoModule;
  readonly names: readonly ProgramName[];
  /** The folder that the programs are put in, as `cachedPath` says. */
  readonly cache: string;
  /** Ends the build, which then fails. */
  readonly signal: AbortSignal;
}

/**
 * Builds into a folder that goes when this process ends; each program is moved to its place when it is whole.
 * @throws Error with the end of the compiler's output
 */
export async function buildModule({ module, names, cache, signal }: ModuleBuild): Promise<void> {
  const unfinished = await mkdtemp(join(cache, UNFINISHED));
  const folder = await makeFolder();
  const supervisor = await startSupervisor(folder, [unfinished]);
  try {
    const log = join(folder, 'go.log');
    const build = await supervisor.start({
      name: 'go',
      command: 'go',
      args: buildArguments(module, names, unfinished),
      cwd: moduleFolder(module),
      env: environment(unfinished),
      log,
      bound: true,
    });
    const stop = () => void build.stop().catch(() => {});
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const { code } = await build.exited;
    signal.removeEventListener('abort', stop);
    if (code !== 0) throw new Error(`go build of ${names.join(', ')} failed:\n${await lastLines(log, 20)}`);
    for (const name of names) {
      const place = dirname(cachedPath(cache, name, [module]));
      const whole = join(unfinished, `${name}.whole`);
      await mkdir(whole);
      await rename(join(unfinished, name), join(whole, name));
      await rm(place, { recursive: true, force: true });
      await rename(whole, place);
    }
  } finally {
    await supervisor.end();
  }
}

function buildArguments(module: GoModule, names: readonly ProgramName[], folder: string): string[] {
  // One package and a file, or several and a folder: the name of etcd's program isn't its package's.
  const output = names.length === 1 ? join(folder, names[0] ?? '') : `${folder}/`;
  return [
    ...['build', '-mod=readonly', ...goFlags(module.linkerFlags(pinnedVersion(module)))],
    ...(module.tags === undefined ? [] : [`-tags=${module.tags.join(',')}`]),
    ...['-o', output],
    ...names.map((name) => module.packages.get(name) ?? name),
  ];
}

function environment(unfinished: string): Record<string, string> {
  const env = Object.entries({
    // The compiler and the linker collect their own garbage less often, unless the caller says how often.
    ...{ GOGC: '400', ...process.env },
    ...{ CGO_ENABLED: '0', GOWORK: 'off', GOTMPDIR: unfinished },
  });
  return Object.fromEntries(env.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
