/** Builds Kubernetes of another version than the bed's own from the Go module proxy, beside the bed's programs. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildPrograms, checkGo } from '../bed/build.ts';
import { cachedPath, cacheFolder, kubernetesModule, type ProgramName } from '../bed/go-modules.ts';
import { goMod, neededModules } from './versions.ts';

const MODULE = 'k8s.io/kubernetes';
/** The programs of the cluster's version. kubectl may differ from its server by one minor version at most. */
const PROGRAMS: readonly ProgramName[] = ['kube-apiserver', 'kube-controller-manager', 'kubectl'];

/** Every version that the module proxy has. @throws Error without Go or without a proxy */
export async function availableVersions(): Promise<readonly string[]> {
  await checkGo();
  const output = await go(['list', '-m', '-versions', '-json', MODULE]);
  const { Versions }: { Versions?: readonly string[] } = JSON.parse(output);
  return Versions ?? [];
}

/**
 * Chooses the first version that can be built, and says what is wrong with those before it.
 * @param candidates such as v1.34.4, the first choice first
 * @throws Error that says what each of them lacks, if none can be built
 */
export async function firstComplete(
  candidates: readonly string[],
  log: (line: string) => void,
): Promise<string> {
  const lacking: string[] = [];
  for (const version of candidates) {
    const missing = isPrepared(version) ? [] : await missingModules(version);
    if (missing.length === 0) return version;
    lacking.push(`${version} lacks ${missing.join(', ')}`);
    log(`kubernetes: ${version} can't be built, since the module proxy lacks ${missing.join(', ')}`);
  }
  throw new Error(
    `No such Kubernetes can be built: in the module proxy ${lacking.join('; ')}. Choose another version.`,
  );
}

const folderOf = (version: string) => join(cacheFolder(process.env), `kubernetes-${version}`);

/** True if an earlier run found every module of the version. */
const isPrepared = (version: string) => existsSync(join(folderOf(version), 'go.sum'));

/** The modules that the version needs and the proxy lacks. */
async function missingModules(version: string): Promise<string[]> {
  const { GoMod }: { GoMod: string } = JSON.parse(await go(['list', '-m', '-json', `${MODULE}@${version}`]));
  const needed = neededModules(version, readFileSync(GoMod, 'utf8'));
  const format = '{{if .Error}}{{.Path}} {{.Version}}{{end}}';
  const output = await go(['list', '-m', '-e', '-f', format, ...needed]);
  return output.split('\n').filter((line) => line !== '');
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
  const folder = folderOf(version);
  const module = kubernetesModule(folder, PROGRAMS);
  if (!isPrepared(version)) await writeModule(folder, version, [...module.packages.values()]);
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

/** @param cwd by default a folder outside of any Go module @throws Error with the last thing that go said */
async function go(args: readonly string[], cwd = '/'): Promise<string> {
  const env = { ...process.env, GOWORK: 'off', GOTOOLCHAIN: 'local' };
  try {
    const { stdout } = await promisify(execFile)('go', args, { cwd, env, maxBuffer: 16 * 1024 ** 2 });
    return stdout;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? '';
    throw new Error(`go ${args.slice(0, 2).join(' ')} failed: ${said || (error as Error).message}`);
  }
}
