/**
 * The programs that tests start as operators, bundled as the image's are. A bundle starts with a third of the CPU time
 * of the sources, and a run of the tests starts hundreds.
 */
import { basename, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const SUPPORT = join('test', 'integration', 'support');

/** The file in the project that each program begins with, by the program's name. */
export const BUNDLED_PROGRAMS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    join('src', 'main.ts'),
    ...['timed', 'in-pod', 'interrupted'].map((name) => join(SUPPORT, `operator-${name}.ts`)),
  ].map((path) => [basename(path, '.ts'), path]),
);
/** The variable that names the folder of the bundles, for this process and those that it starts. */
const FOLDER = 'OPERATOR_BUNDLES';

/** Has operators started from the bundles in this folder from now on. */
export function useBundles(folder: string): void {
  process.env[FOLDER] = folder;
}

/** Returns the folder of the run's bundles; undefined outside of a run. */
export function bundlesFolder(): string | undefined {
  return process.env[FOLDER];
}

/** A bundled program. */
interface BundledProgram {
  readonly path: string;
  /** Keeps what Node compiles beside the bundle: both go with the run. */
  readonly env: Readonly<Record<string, string>>;
}

/** Returns the bundle that begins with this file, or undefined if there is none. */
export function bundleOf(entry: string): BundledProgram | undefined {
  const folder = bundlesFolder();
  const name = basename(entry, '.ts');
  if (folder === undefined || entry !== join(ROOT, BUNDLED_PROGRAMS[name] ?? '')) return undefined;
  return { path: join(folder, `${name}.mjs`), env: { NODE_COMPILE_CACHE: join(folder, 'cache') } };
}
