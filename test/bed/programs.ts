/** Finds the programs that a bed is made of. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildPrograms } from './build.ts';
import { cachedPath, cacheFolder, type Environment, type ProgramName } from './go-modules.ts';

/** The programs of every bed. */
export const SERVERS = ['etcd', 'minio', 'kube-apiserver', 'kube-controller-manager'] as const;

/** The programs of the integration tests. */
export const OF_THE_TESTS = [
  ...SERVERS,
  'minio-fips',
  'kubectl',
  'helm',
  'prometheus',
  'promtool',
  'versitygw',
] as const;

/** The programs that a folder of KUBEBUILDER_ASSETS never has. */
const OF_NO_ASSETS: ReadonlySet<ProgramName> = new Set([
  'minio',
  'minio-fips',
  'helm',
  'kind',
  'prometheus',
  'promtool',
  'versitygw',
]);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Looks for a program without building it: in the folders that ACCESSKEYS_BED_BIN lists, in KUBEBUILDER_ASSETS
 * (Kubernetes' own and etcd, which it brings too), in the cache.
 */
export function lookFor(name: ProgramName, env: Environment): string | undefined {
  const places = [cachedPath(cacheFolder(env), name)];
  const assets = env['KUBEBUILDER_ASSETS'];
  if (assets && !OF_NO_ASSETS.has(name)) places.unshift(join(assets, name));
  const bin = env['ACCESSKEYS_BED_BIN'];
  if (bin) places.unshift(...bin.split(delimiter).map((folder) => join(folder, name)));
  return places.find(isExecutable);
}

/**
 * The paths of programs; those that are nowhere are built into the cache, which takes minutes.
 * @param log gets lines on what is built, and how long that has taken
 * @throws Error with one sentence to the user if Go is missing, or if a build fails
 */
export async function findPrograms<Name extends ProgramName>(
  names: readonly Name[],
  log: (line: string) => void,
  env: Environment = process.env,
): Promise<Record<Name, string>> {
  const missing = () => names.filter((name) => lookFor(name, env) === undefined);
  if (missing().length > 0) await buildPrograms({ missing, cache: cacheFolder(env), log });
  const found = names.map((name) => [name, lookFor(name, env)] as const);
  const absent = found.find(([, path]) => path === undefined);
  if (absent !== undefined) throw new Error(`${absent[0]} was built and isn't in ${cacheFolder(env)}`);
  return Object.fromEntries(found) as Record<Name, string>;
}
