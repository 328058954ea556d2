/** Bundles the operator for plain `node`, without node_modules: `npm run build` writes dist/. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import { type BundledPackage, bundledPackages, licensesText } from './licenses.ts';

const ROOT = join(import.meta.dirname, '..');

/** The programs of the image, each by the file that it begins with. */
const ENTRIES = {
  main: 'src/main.ts',
  'helm-test': 'src/helm-test.ts',
} as const;

/** The code needs the version from package.json; the image gets nothing else of it. */
export const VERSION_ALONE: Plugin = {
  name: 'version-alone',
  load(id) {
    if (id !== join(ROOT, 'package.json')) return null;
    const { version }: { version: string } = JSON.parse(readFileSync(id, 'utf8'));
    return { code: JSON.stringify({ version }), moduleType: 'json' };
  },
};

/** A file of the bundle. */
export interface BundledFile {
  readonly name: string;
  readonly bytes: number;
  /** The files that load together with this one. */
  readonly imports: readonly string[];
  /** The files that load only when the code asks for them. */
  readonly dynamicImports: readonly string[];
}

export interface Bundle {
  readonly files: readonly BundledFile[];
  readonly packages: readonly BundledPackage[];
}

/**
 * Writes the bundle into a folder, which is emptied first: a file for each program, what they share, what is loaded
 * on demand (the library that reads kubeconfigs, which a pod never does), and the licenses of all of it.
 * @param entries the file that each program begins with, by the program's name; default: those of the image
 * @throws Error if it holds a package that is for development alone, or whose license isn't known
 */
export async function buildBundle(
  folder: string,
  entries: Readonly<Record<string, string>> = ENTRIES,
): Promise<Bundle> {
  rmSync(folder, { recursive: true, force: true });
  const build = await rolldown({
    cwd: ROOT,
    input: entries,
    platform: 'node',
    plugins: [VERSION_ALONE],
    logLevel: 'warn',
  });
  const { output } = await build.write({
    dir: folder,
    format: 'esm',
    // People read the stack traces in the log, so no name is shortened.
    minify: false,
    // .mjs needs no package.json beside it to be taken for a module.
    entryFileNames: '[name].mjs',
    chunkFileNames: ({ name, moduleIds }) =>
      moduleIds.some((id) => id.includes('/@kubernetes/client-node/'))
        ? 'kubeconfig.mjs'
        : `shared-${name}.mjs`,
  });
  await build.close();
  const chunks = output.filter((file) => file.type === 'chunk');
  const packages = bundledPackages(
    ROOT,
    chunks.flatMap(({ moduleIds }) => moduleIds),
  );
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licensesText(packages));
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  return {
    packages,
    files: chunks.map(({ fileName, code, imports, dynamicImports }) => ({
      name: fileName,
      bytes: Buffer.byteLength(code),
      imports,
      dynamicImports,
    })),
  };
}

if (import.meta.main) {
  const { files, packages } = await buildBundle(join(ROOT, 'dist'));
  for (const { name, bytes } of files) console.log(`dist/${name}  ${Math.ceil(bytes / 1024)} KiB`);
  console.log(`${packages.length} packages: dist/THIRD-PARTY-LICENSES.txt`);
}
