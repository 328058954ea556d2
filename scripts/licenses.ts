/** The packages of a bundle, and their licenses. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** Its SPDX expression. */
  readonly license: string;
  /** The license itself, and its notice if it has one. */
  readonly text: string;
}

/** The licenses whose packages an image may hold, if it holds their texts too. */
const ACCEPTED = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'Python-2.0',
  'Unlicense',
]);
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/**
 * The packages that the modules come from, by name.
 * @param root the project's folder
 * @param moduleIds the modules' paths
 * @param development whether packages that are for development may be among them: the command line's are
 * @throws Error that names a package which is for development alone, or whose license is missing or not accepted
 */
export function bundledPackages(
  root: string,
  moduleIds: readonly string[],
  { development = false } = {},
): BundledPackage[] {
  const lock: { packages: Record<string, { dev?: boolean }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  const folders = new Set(
    moduleIds.map((id) => packageFolder(root, id)).filter((folder) => folder !== undefined),
  );
  return [...folders].sort().map((folder) => {
    const entry = lock.packages[folder];
    if (entry === undefined || (entry.dev && !development)) {
      throw new Error(
        `${folder} is bundled, but is no dependency: move it to dependencies, or import it nowhere in src`,
      );
    }
    return readPackage(join(root, folder));
  });
}

/** The file that goes beside the bundle. */
export function licensesText(packages: readonly BundledPackage[]): string {
  const parts = packages.map(
    ({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text.trim()}\n`,
  );
  return `What this program is built from, beside its own code:\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** The package's folder as package-lock.json names it; undefined for the project's own modules and the bundler's. */
function packageFolder(root: string, moduleId: string): string | undefined {
  const below = moduleId.startsWith(root + sep) ? moduleId.slice(root.length + 1) : '';
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(below.replaceAll(sep, '/'))?.[0];
}

function readPackage(folder: string): BundledPackage {
  const described: { name: string; version: string; license?: unknown } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const { name, version } = described;
  const license = typeof described.license === 'string' ? described.license : 'unknown';
  if (!ACCEPTED.has(license))
    throw new Error(`${name} ${version} has the license ${license}: see whether the image may have it`);
  const files = readdirSync(folder).filter((file) => LICENSE_FILE.test(file));
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  return { name, version, license, text: text || '(The package has no file with the text of its license.)' };
}
