/** S3 tools that people use, for tests that prove a format by the tool that it is for. */
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { goFlags } from '../../bed/go-flags.ts';
import { cacheFolder } from '../../bed/go-modules.ts';
import { lock } from '../../bed/lock.ts';

const AWSCLI = '1.45.11';
const BOTO3 = '1.43.11';
const MOTO = '5.2.1';
const FLASK = '3.1.3';
const FLASK_CORS = '6.0.2';
const MC = 'v0.0.0-20250313080218-cf909e1063a9';

/** The command of a tool; or why it isn't here, in a sentence. */
export type Tool =
  | { readonly command: readonly [string, ...string[]]; readonly env: Readonly<Record<string, string>> }
  | { readonly missing: string };

const run = promisify(execFile);
const SYSTEM_PATH = process.env['PATH'] ?? '';
const CACHE = cacheFolder(process.env);

/** A program of a Debian package of the same name, installed by apt-get if that is possible. */
export async function debianTool(name: string): Promise<Tool> {
  if (!(await has(name))) {
    if (process.getuid?.() !== 0) return missing(`${name} is not installed, and only root can install it`);
    if (!(await has('apt-get'))) return missing(`${name} is not installed, and there is no apt-get`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const install = ['install', '-y', '--no-install-recommends', name];
    const failure = await installing(name, async () => {
      if (await has(name)) return;
      const options = { env, timeout: 120_000 };
      await run('apt-get', install, options).catch(async () => {
        await run('apt-get', ['update'], options);
        await run('apt-get', install, options);
      });
    });
    if (failure) return failure;
  }
  return { command: [name], env: {} };
}

/**
 * Python with awscli and boto3 from PyPI, kept in the bed's cache. @param module what it runs with `-m`; else it takes
 * a script
 */
export function pythonTool(module?: string): Promise<Tool> {
  return pythonWith('awscli and boto3', { awscli: AWSCLI, boto3: BOTO3 }, module);
}

/** moto's server from PyPI, kept in the bed's cache. */
export function motoTool(): Promise<Tool> {
  // Not `moto[server]`, which has the needs of every service: these are those of IAM and STS.
  return pythonWith('moto', { moto: MOTO, flask: FLASK, 'flask-cors': FLASK_CORS }, 'moto.server');
}

/** Python with packages from PyPI in a folder of their own. */
async function pythonWith(
  what: string,
  versions: Readonly<Record<string, string>>,
  module?: string,
): Promise<Tool> {
  if (!(await has('python3'))) return missing('there is no python3');
  const packages = Object.entries(versions);
  const name = packages.map(([one, version]) => `${one}-${version}`).join('-');
  const folder = join(CACHE, `python-${name}`);
  const failure = await installing(what, () =>
    inFolder(folder, (target) =>
      run(
        'python3',
        [
          ...['-m', 'pip', 'install', '-q', '--no-cache-dir', '--target', target],
          ...packages.map(([one, version]) => `${one}==${version}`),
        ],
        { timeout: 480_000 },
      ),
    ),
  );
  if (failure) return failure;
  return { command: ['python3', ...(module ? ['-m', module] : [])], env: { PYTHONPATH: folder } };
}

/** MinIO's client, built from the Go module proxy and kept in the bed's cache. */
export async function mcTool(): Promise<Tool> {
  const folder = join(CACHE, `mc-${MC}-${process.platform}-${process.arch}`);
  if (!(await exists(folder)) && !(await has('go')))
    return missing('mc is not built yet, and there is no go');
  const failure = await installing('mc', () =>
    inFolder(folder, (target) =>
      run('go', ['install', ...goFlags(), `github.com/minio/mc@${MC}`], {
        env: { ...process.env, GOBIN: target, CGO_ENABLED: '0' },
        timeout: 480_000,
      }),
    ),
  );
  if (failure) return failure;
  return { command: [join(folder, 'mc')], env: {} };
}

/**
 * Runs a tool with this environment and no other, for at most a minute; gives what it printed.
 * @param options.secret never shown in the error of a tool that failed
 */
export async function runTool(
  tool: Exclude<Tool, { missing: string }>,
  args: readonly string[],
  options: { home: string; env?: Readonly<Record<string, string>>; secret: string },
): Promise<string> {
  const [command, ...before] = tool.command;
  const env = { PATH: SYSTEM_PATH, HOME: options.home, ...tool.env, ...options.env };
  try {
    const { stdout } = await run(command, [...before, ...args], { env, cwd: options.home, timeout: 60_000 });
    return stdout;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    throw new Error(`${command} ${args[0]} failed: ${said.slice(-2_000).replaceAll(options.secret, '***')}`);
  }
}

/**
 * Fills a folder of the bed's cache, once on a machine; gives its path, or why it couldn't be filled.
 * @param name changes with the content @param needs programs that have to be there to fill it
 */
export async function cachedTool(
  what: string,
  {
    name,
    needs,
    fill,
  }: { name: string; needs: readonly string[]; fill: (target: string) => Promise<unknown> },
): Promise<string | { readonly missing: string }> {
  const folder = join(CACHE, `${name}-${process.platform}-${process.arch}`);
  if (!(await exists(folder))) {
    const absent = (await Promise.all(needs.map(async (one) => ((await has(one)) ? [] : [one])))).flat();
    if (absent.length > 0) return missing(`${what} needs ${absent.join(' and ')}, and here is none`);
    const failure = await installing(what, () => inFolder(folder, fill));
    if (failure) return failure;
  }
  return folder;
}

/** One install at a time on a machine, with a line of what is going on; gives why it failed, if it did. */
async function installing(
  what: string,
  work: () => Promise<unknown>,
): Promise<{ missing: string } | undefined> {
  await mkdir(CACHE, { recursive: true });
  const held = await lock(join(CACHE, 'tools.lock'), () => console.log(`tools: waiting to install ${what}`));
  const started = performance.now();
  const timer = setInterval(() => {
    console.log(`tools: installing ${what}, ${Math.round((performance.now() - started) / 1_000)} s`);
  }, 10_000);
  try {
    await work();
    return undefined;
  } catch (error) {
    return missing(`${what} could not be installed: ${String(error).split('\n').slice(0, 2).join(' ')}`);
  } finally {
    clearInterval(timer);
    held.release();
  }
}

/**
 * Has `fill` fill the folder, if it isn't there yet; a fill that was cut off leaves nothing that could be taken for it.
 */
async function inFolder(folder: string, fill: (target: string) => Promise<unknown>): Promise<void> {
  if (await exists(folder)) return;
  const target = await mkdtemp(`${folder}.part-`);
  try {
    await fill(target);
    await rename(target, folder);
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

async function has(program: string): Promise<boolean> {
  const places = await Promise.all(
    SYSTEM_PATH.split(delimiter).map((folder) => exists(join(folder, program))),
  );
  return places.includes(true);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function missing(why: string): { missing: string } {
  return { missing: why };
}
