/** Bundles the operator for plain `node`, without node_modules: `npm run build` writes dist/. */
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
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

const HTTP = '\0http';

/**
 * Takes node:http as `require` does. An `import` of it asks for all that it exports, and so loads Node's own fetch for its
 * WebSocket: 16 MiB of memory, which nobody here uses.
 */
export const HTTP_WITHOUT_FETCH: Plugin = {
  name: 'http-without-fetch',
  resolveId: (id, _, { kind }) => (id === 'node:http' && kind === 'import-statement' ? HTTP : null),
  load(id) {
    if (id !== HTTP) return null;
    // The others are getters.
    const exports = Object.entries(Object.getOwnPropertyDescriptors(http)).filter(([, { value }]) => value);
    const names = exports.map(([name]) => name).join(', ');
    return `const http = process.getBuiltinModule('node:http');\nexport default http;\nexport const { ${names} } = http;`;
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
    plugins: [VERSION_ALONE, HTTP_WITHOUT_FETCH],
    logLevel: 'warn',
  });
  const { output } = await build.write({
    dir: folder,
    format: 'esm',
    // People read the stack traces in the log, so no name is shortened.
    minify: false,
    // V8 keeps a source with one character beyond Latin-1 in two bytes for each.
    charset: 'ascii',
    comments: false,
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
