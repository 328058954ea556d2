/**
 * Builds the kubectl plugin: `npm run build:cli` writes dist/cli/. One bundle that any Node of `engines` runs, and one
 * executable file with Node in it. `-- --target linux-arm64=PATH` makes the executable of another platform from that
 * platform's Node; `-- --url URL` adds the archives and the manifest for krew, where URL is the release's folder.
 */
import { chmodSync, copyFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Plugin, rolldown } from 'rolldown';
import { OPERATOR_VERSION } from '../src/version.ts';
import { VERSION_ALONE } from './build.ts';
import { buildPage } from './build-page.ts';
import { archive, buildExecutable, copyInto } from './executable.ts';
import { type Archive, krewManifest } from './krew.ts';
import { type BundledPackage, bundledPackages, licensesText } from './licenses.ts';

const ROOT = join(import.meta.dirname, '..');

/** kubectl finds a plugin, and `kubectl_complete-` its completion, by the names of the files. */
export const PLUGIN = 'kubectl-accesskey';

/** The file with the license of the Node in the executable. */
const NODE_LICENSE = 'NODE-LICENSE';
const LICENSES = ['LICENSE', 'THIRD-PARTY-LICENSES.txt'] as const;

/** Bundles only the part of the client library that reads kubeconfigs. The rest, 15 MB, would come with it. */
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
 * Empties a folder, and writes the plugin into it as one file, with the licenses of its parts.
 * @throws Error if the license of a package isn't known
 */
export async function buildCliBundle(folder: string): Promise<CliBundle> {
  rmSync(folder, { recursive: true, force: true });
  const page = await buildPage();
  const build = await rolldown({
    cwd: ROOT,
    input: { [PLUGIN]: 'src/cli/main.ts' },
    platform: 'node',
    plugins: [VERSION_ALONE, KUBECONFIG_ALONE, page.plugin],
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
  const packages = bundledPackages(ROOT, [...chunk.moduleIds, ...page.moduleIds], {
    development: true,
  });
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licensesText(packages));
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  const path = join(folder, chunk.fileName);
  chmodSync(path, 0o755);
  return { path, bytes: Buffer.byteLength(chunk.code), packages };
}

/** The platform of this machine, as Node names it. */
const HERE = `${process.platform}-${process.arch}`;

/**
 * Writes dist/cli/: the bundle, and an executable for each target. With a URL of a release also the archives that krew
 * installs, and their manifest.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { target: { type: 'string', multiple: true }, url: { type: 'string' } },
  });
  const folder = join(ROOT, 'dist', 'cli');
  const { path, bytes, packages } = await buildCliBundle(folder);
  console.log(`${path}  ${Math.ceil(bytes / 1024)} KiB, ${packages.length} packages`);
  const archives: Archive[] = [];
  for (const target of values.target ?? [HERE]) {
    const [platform = '', node = process.execPath] = target.split('=', 2);
    if (platform !== HERE && !target.includes('='))
      throw new Error(`--target ${platform} needs that platform's Node: write --target ${platform}=PATH`);
    // One folder for each: the name that kubectl looks for is the same.
    const output = platform === HERE ? folder : join(folder, platform);
    for (const name of output === folder ? [] : LICENSES) copyInto(output, join(folder, name), name);
    copyInto(output, join(dirname(dirname(realpathSync(node))), 'LICENSE'), NODE_LICENSE);
    buildExecutable({ bundle: path, output: join(output, PLUGIN), node, folder: output });
    console.log(join(output, PLUGIN));
    if (values.url === undefined) continue;
    const file = `${PLUGIN}-${platform}.tar.gz`;
    const sha256 = archive(join(folder, file), output, [PLUGIN, NODE_LICENSE, ...LICENSES]);
    console.log(`${join(folder, file)}  ${sha256}`);
    archives.push({ target: platform, file, sha256 });
  }
  if (values.url === undefined) return;
  writeFileSync(join(folder, 'accesskey.yaml'), krewManifest(OPERATOR_VERSION, values.url, archives));
  console.log(join(folder, 'accesskey.yaml'));
}

if (import.meta.main) await main();
