/** Builds the bed's programs from the Go module proxy, as the go.mod files below `programs/` pin them. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from './folder.ts';
import {
  cachedPath,
  GO_MODULES,
  type GoModule,
  moduleFolder,
  type ProgramName,
  pinnedVersion,
} from './go-modules.ts';
import { lastLines } from './last-lines.ts';
import { lock } from './lock.ts';
import { startSupervisor } from './supervise.ts';

const PROGRESS_MS = 10_000;
const UNFINISHED = '.building-';
const GO_MINOR = 26;

export interface BuildOptions {
  /** What isn't there yet: asked again once nobody else builds. */
  readonly missing: () => readonly ProgramName[];
  /** The folder that the programs are put in, as `cachedPath` says. */
  readonly cache: string;
  readonly log: (line: string) => void;
  /** Where the programs come from; the pinned ones unless this says otherwise. */
  readonly modules?: readonly GoModule[];
}

/**
 * What keeps a Go from building the programs, in one sentence, or undefined.
 * @param output what `go version` printed; undefined where there is no Go
 */
export function goObjection(output: string | undefined): string | undefined {
  const [, found, major, minor] = /\b(go(\d+)\.(\d+)\S*)/.exec(output ?? '') ?? [];
  if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= GO_MINOR)) return undefined;
  return (
    `The bed's programs have to be built, which needs Go 1.${GO_MINOR} or later, and here is ${found ?? 'none'}: ` +
    'install it (https://go.dev/dl/), or set ACCESSKEYS_BED_BIN to a folder that holds etcd, kube-apiserver, ' +
    'kube-controller-manager and minio.'
  );
}

/** @throws Error with one sentence to the user without a Go that builds the programs */
export async function checkGo(): Promise<void> {
  const env = { ...process.env, GOTOOLCHAIN: 'local' };
  const output = await promisify(execFile)('go', ['version'], { env }).catch(() => undefined);
  const objection = goObjection(output?.stdout);
  if (objection !== undefined) throw new Error(objection);
}

/** Builds into a folder that goes when this process ends; each program is moved to its place when it is whole. */
async function buildModule(module: GoModule, names: readonly ProgramName[], cache: string): Promise<void> {
  const unfinished = await mkdtemp(join(cache, UNFINISHED));
  const folder = await makeFolder();
  const supervisor = await startSupervisor(folder, [unfinished]);
  try {
    const version = pinnedVersion(module);
    const env = Object.entries({ ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOTMPDIR: unfinished });
    const log = join(folder, 'go.log');
    // One package and a file, or several and a folder: the name of etcd's program isn't its package's.
    const output = names.length === 1 ? join(unfinished, names[0] ?? '') : `${unfinished}/`;
    const flags = ['-s', '-w', ...module.linkerFlags(version)].join(' ');
    const build = await supervisor.start({
      name: 'go',
      command: 'go',
      args: [
        ...['build', '-mod=readonly', '-trimpath', '-ldflags', flags, '-o', output],
        ...names.map((name) => module.packages.get(name) ?? name),
      ],
      cwd: moduleFolder(module),
      env: Object.fromEntries(env.filter((entry): entry is [string, string] => entry[1] !== undefined)),
      log,
      bound: true,
    });
    const { code } = await build.exited;
    if (code !== 0) throw new Error(`go build of ${names.join(', ')} failed:\n${await lastLines(log, 20)}`);
    for (const name of names) {
      const place = dirname(cachedPath(cache, name, [module]));
      const whole = join(unfinished, `${name}.whole`);
      await mkdir(whole);
      await rename(join(unfinished, name), join(whole, name));
      await rm(place, { recursive: true, force: true });
      await rename(whole, place);
    }
  } finally {
    await supervisor.end();
  }
}

/**
 * Builds what is missing, one Go module after the other. Two runs at once build once: the second waits. An
 * interrupted build leaves nothing that could be taken for a program.
 * @throws Error with one sentence to the user without a suitable Go, or with the end of the compiler's output
 */
export async function buildPrograms({
  missing,
  cache,
  log,
  modules = GO_MODULES,
}: BuildOptions): Promise<void> {
  await checkGo();
  await mkdir(cache, { recursive: true });
  const held = await lock(join(cache, 'lock'), () =>
    log('bed: another run is building the programs; waiting for it'),
  );
  try {
    for (const name of await readdir(cache)) {
      if (name.startsWith(UNFINISHED)) await rm(join(cache, name), { recursive: true, force: true });
    }
    const wanted = missing();
    const builds = modules.map((module) => ({
      module,
      names: wanted.filter((name) => module.packages.has(name)),
    }));
    const due = builds.filter(({ names }) => names.length > 0);
    for (const [index, { module, names }] of due.entries()) {
      const started = performance.now();
      const progress = () => {
        const seconds = Math.round((performance.now() - started) / 1000);
        log(
          `bed: building ${names.join(', ')} ${pinnedVersion(module)}, ${index + 1} of ${due.length}, ${seconds} s`,
        );
      };
      progress();
      const timer = setInterval(progress, PROGRESS_MS);
      await buildModule(module, names, cache).finally(() => clearInterval(timer));
    }
  } finally {
    held.release();
  }
}
