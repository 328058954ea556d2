/** Builds the programs of one Go module. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { goFlags } from './go-flags.ts';
import { cachedPath, type GoModule, type ProgramName, pinnedVersion } from './go-modules.ts';
import { type GoRun, runGo } from './run-go.ts';

export interface ModuleBuild extends GoRun {
  readonly names: readonly ProgramName[];
}

/**
 * Builds into a folder that goes when this process ends; each program is moved to its place when it is whole.
 * @throws Error with the end of the compiler's output
 */
export function buildModule({ names, ...run }: ModuleBuild): Promise<void> {
  const { module, cache } = run;
  const args = (unfinished: string) => buildArguments(module, names, unfinished);
  return runGo(run, `go build of ${names.join(', ')}`, args, async (unfinished) => {
    for (const name of names) {
      const place = dirname(cachedPath(cache, name, [module]));
      const whole = join(unfinished, `${name}.whole`);
      await mkdir(whole);
      await rename(join(unfinished, name), join(whole, name));
      await rm(place, { recursive: true, force: true });
      await rename(whole, place);
    }
  });
}

/**
 * Downloads what the build needs, without compiling anything: it lists all packages of the programs.
 * @throws Error with the end of Go's output
 */
export function downloadModule({ names, ...run }: ModuleBuild): Promise<void> {
  const { module } = run;
  const args = ['list', '-mod=readonly', ...tagsOf(module), '-deps', ...packagesOf(module, names)];
  return runGo(run, `go list of ${names.join(', ')}`, () => args);
}

function buildArguments(module: GoModule, names: readonly ProgramName[], folder: string): string[] {
  // One package and a file, or several and a folder: the name of etcd's program isn't its package's.
  const output = names.length === 1 ? join(folder, names[0] ?? '') : `${folder}/`;
  return [
    ...['build', '-mod=readonly', ...goFlags(module.linkerFlags(pinnedVersion(module)))],
    ...[...tagsOf(module), '-o', output, ...packagesOf(module, names)],
  ];
}

function tagsOf({ tags = [] }: GoModule): string[] {
  return tags.length === 0 ? [] : [`-tags=${tags.join(',')}`];
}

function packagesOf(module: GoModule, names: readonly ProgramName[]): string[] {
  return names.map((name) => module.packages.get(name) ?? name);
}
