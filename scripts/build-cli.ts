/**
 * Builds the kubectl plugin: `npm run build:cli` writes dist/cli/. One bundle that any Node of `engines` runs, and one
 * executable file with Node in it. `--target linux-arm64 --node PATH` makes the executable of another platform from
 * that platform's Node.
 */
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Plugin, rolldown } from 'rolldown';
import { VERSION_ALONE } from './build.ts';
import { type BundledPackage, bundledPackages, licencesText } from './licences.ts';

const ROOT = join(import.meta.dirname, '..');

/** kubectl finds a plugin, and `kubectl_complete-` its completion, by the names of the files. */
export const PLUGIN = 'kubectl-accesskey';

/** Of the client library the code wants what reads kubeconfigs: in one file the rest, 15 MB, would come with it. */
const KUBECONFIG_ALONE: Plugin = {
  name: 'kubeconfig-alone',
  resolveId: (id) =>
    id === '@kubernetes/client-node'
      ? join(ROOT, 'node_modules', '@kubernetes', 'client-node', 'dist', 'config.js')
      : null,
};

export interface CliBundle {
  /** The path of the bundle, which is a program with Node on its first line. */
  readonly path: string;
  readonly bytes: number;
  readonly packages: readonly BundledPackage[];
}

/**
 * Writes the plugin as one file into a folder, which is emptied first, and the licences of all of it beside it.
 * @throws Error where the licence of a package isn't known
 */
export async function buildCliBundle(folder: string): Promise<CliBundle> {
  rmSync(folder, { recursive: true, force: true });
  const build = await rolldown({
    cwd: ROOT,
    input: { [PLUGIN]: 'src/cli/main.ts' },
    platform: 'node',
    plugins: [VERSION_ALONE, KUBECONFIG_ALONE],
    logLevel: 'warn',
  });
  const { output } = await build.write({
    dir: folder,
    format: 'esm',
    banner: '#!/usr/bin/env node',
    minify: false,
    codeSplitting: false,
    entryFileNames: `${PLUGIN}.mjs`,
  });
  await build.close();
  const chunks = output.filter((file) => file.type === 'chunk');
  const [chunk, ...others] = chunks;
  if (chunk === undefined || others.length > 0)
    throw new Error(`the plugin is one file, and ${chunks.length} came out`);
  const packages = bundledPackages(ROOT, chunk.moduleIds, { development: true });
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licencesText(packages));
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  const path = join(folder, chunk.fileName);
  chmodSync(path, 0o755);
  return { path, bytes: Buffer.byteLength(chunk.code), packages };
}

if (import.meta.main) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { target: text, node: text } });
  const folder = join(ROOT, 'dist', 'cli');
  mkdirSync(folder, { recursive: true });
  const { path, bytes, packages } = await buildCliBundle(folder);
  console.log(`${path}  ${Math.ceil(bytes / 1024)} KiB, ${packages.length} packages`);
  void values;
}
