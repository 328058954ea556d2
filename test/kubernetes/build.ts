/** Builds Kubernetes of another version than the bed's own from the Go module proxy, beside the bed's programs. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildPrograms, checkGo } from '../bed/build.ts';
import { cachedPath, cacheFolder, kubernetesModule, type ProgramName } from '../bed/go-modules.ts';
import { goMod } from './versions.ts';

const MODULE = 'k8s.io/kubernetes';
/** What depends on the cluster's version. kubectl is no more than one minor version apart from its server. */
const PROGRAMS: readonly ProgramName[] = ['kube-apiserver', 'kube-controller-manager', 'kubectl'];

/** Every version that the module proxy has. @throws Error without Go or without a proxy */
export async function availableVersions(): Promise<readonly string[]> {
  await checkGo();
  const output = await go(['list', '-m', '-versions', '-json', MODULE]);
  const { Versions }: { Versions?: readonly string[] } = JSON.parse(output);
  return Versions ?? [];
}

/**
 * Builds the programs that aren't in the cache yet, which takes some ten minutes.
 * @param version such as v1.34.4
 * @returns the folders that hold one program each
 */
export async function buildKubernetes(
  version: string,
  log: (line: string) => void,
): Promise<readonly string[]> {
  const cache = cacheFolder(process.env);
  const folder = join(cache, `kubernetes-${version}`);
  const module = kubernetesModule(folder, PROGRAMS);
  if (!existsSync(join(folder, 'go.sum'))) await writeModule(folder, version, [...module.packages.values()]);
  const paths = PROGRAMS.map((name) => [name, cachedPath(cache, name, [module])] as const);
  const missing = () => paths.filter(([, path]) => !existsSync(path)).map(([name]) => name);
  if (missing().length > 0) await buildPrograms({ missing, cache, log, modules: [module] });
  return paths.map(([, path]) => dirname(path));
}

/** Writes go.mod, and go.sum last: without it the next run begins again. */
async function writeModule(folder: string, version: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { GoMod }: { GoMod: string } = JSON.parse(
    await go(['mod', 'download', '-json', `${MODULE}@${version}`]),
  );
  const file = join(folder, 'go.mod');
  await writeFile(`${file}.new`, goMod(version, readFileSync(GoMod, 'utf8'), packages));
  await rename(`${file}.new`, file);
  await go(['mod', 'tidy'], folder);
}

/** @param cwd by default a folder outside of any Go module */
async function go(args: readonly string[], cwd = '/'): Promise<string> {
  const env = { ...process.env, GOWORK: 'off', GOTOOLCHAIN: 'local' };
  const { stdout } = await promisify(execFile)('go', args, { cwd, env, maxBuffer: 16 * 1024 ** 2 });
  return stdout;
}
