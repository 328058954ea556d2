/** The plugin as one executable file: the bundle put into a copy of Node (nodejs.org, "Single executable applications"). */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ExecutableOptions {
  /** The bundle, one ES module. */
  readonly bundle: string;
  /** The path of the executable. */
  readonly output: string;
  /** The Node that it becomes; that of another platform for an executable of that platform. */
  readonly node: string;
  /** The folder for intermediate files. */
  readonly folder: string;
}

/** Builds the executable with the Node that runs this. @throws Error with Node's own words */
export function buildExecutable({ bundle, output, node, folder }: ExecutableOptions): void {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'sea-config.json');
  const settings = {
    ...{ main: bundle, mainFormat: 'module', executable: node, output, disableExperimentalSEAWarning: true },
    // Neither can be made for another platform than the one that builds.
    ...{ useSnapshot: false, useCodeCache: false },
    // The caller's NODE_OPTIONS are for the caller's own Node.
    execArgvExtension: 'none',
  };
  writeFileSync(config, JSON.stringify(settings, undefined, 2));
  const { status, stderr } = spawnSync(process.execPath, [`--build-sea=${config}`], { encoding: 'utf8' });
  rmSync(config);
  if (status !== 0) throw new Error(`no executable could be built: ${stderr}`);
  chmodSync(output, 0o755);
}

/** Packs files into a .tar.gz, the same for the same files. @returns its SHA-256, as krew checks it */
export function archive(output: string, folder: string, files: readonly string[]): string {
  const options = [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mtime=@0',
    '--use-compress-program=gzip -n',
  ];
  const { status, stderr } = spawnSync('tar', [...options, '-cf', output, '-C', folder, ...files], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${output} could not be packed: ${stderr}`);
  return createHash('sha256').update(readFileSync(output)).digest('hex');
}

/** Copies a file beside others. */
export function copyInto(folder: string, path: string, name: string): void {
  mkdirSync(folder, { recursive: true });
  copyFileSync(path, join(folder, name));
}
