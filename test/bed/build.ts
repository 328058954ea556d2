/** Builds the bed's programs from the Go module proxy, as the go.mod files below `programs/` pin them. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildModule, downloadModule } from './build-module.ts';
import { GO_MODULES, type GoModule, type ProgramName, pinnedVersion } from './go-modules.ts';
import { lock } from './lock.ts';
import { UNFINISHED } from './run-go.ts';

const PROGRESS_MS = 10_000;
const GO_MINOR = 26;

export interface BuildOptions {
  /** Returns the programs that are missing. It is called again once nobody else builds. */
  readonly missing: () => readonly ProgramName[];
  /** The folder that the programs are put in, as `cachedPath` says. */
  readonly cache: string;
  readonly log: (line: string) => void;
  /** The modules of the programs; by default the pinned ones. */
  readonly modules?: readonly GoModule[];
}

/**
 * Returns why this Go can't build the programs, in one sentence; undefined if it can.
 * @param output the output of `go version`; undefined without Go
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

/** Says at once, and from then on every ten seconds, what is being built. */
function showProgress(total: number, log: (line: string) => void) {
  const started = performance.now();
  const running = new Set<DueBuild>();
  let built = 0;
  const show = () => {
    if (running.size === 0) return;
    const titles = [...running].map(({ module, names }) => `${names.join(', ')} ${pinnedVersion(module)}`);
    const seconds = Math.round((performance.now() - started) / 1000);
    log(`bed: building ${titles.join(' and ')}: ${built} of ${total} built, ${seconds} s`);
  };
  const timer = setInterval(show, PROGRESS_MS);
  return {
    async during(build: DueBuild, end: Promise<void>): Promise<void> {
      running.add(build);
      show();
      await end.finally(() => running.delete(build));
      built += 1;
    },
    end: () => clearInterval(timer),
  };
}

interface DueBuild {
  readonly module: GoModule;
  readonly names: readonly ProgramName[];
}

type Step = (due: DueBuild, signal: AbortSignal) => Promise<void>;

/**
 * Builds the first by itself, which compiles what all programs share, and then two at a time: one keeps the machine
 * busy while the other links. The first failure ends the rest. Meanwhile it downloads what the later builds need; the
 * last, which is the biggest, comes first.
 */
async function buildAll(due: readonly DueBuild[], build: Step, download: Step): Promise<void> {
  const over = new AbortController();
  const rest = due.values();
  let failure: { readonly error: unknown } | undefined;
  const buildNext = async (): Promise<boolean> => {
    const next = over.signal.aborted ? undefined : rest.next().value;
    if (next === undefined) return false;
    try {
      await build(next, over.signal);
    } catch (error) {
      failure ??= { error };
      over.abort();
    }
    return true;
  };
  const buildOn = async () => {
    while (await buildNext());
  };
  const downloadAhead = async () => {
    for (const next of due.slice(1).reverse()) {
      // A build says itself what it can't download.
      if (!over.signal.aborted) await download(next, over.signal).catch(() => {});
    }
  };
  const downloaded = downloadAhead();
  await buildNext();
  await Promise.all([buildOn(), buildOn()]);
  over.abort();
  await downloaded;
  if (failure) throw failure.error;
}

/**
 * Builds what is missing. Two runs at once build once: the second waits. An interrupted build leaves nothing that
 * could be taken for a program.
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
    const progress = showProgress(due.length, log);
    await buildAll(
      due,
      (next, signal) => progress.during(next, buildModule({ ...next, cache, signal })),
      (next, signal) => downloadModule({ ...next, cache, signal }),
    ).finally(progress.end);
  } finally {
    held.release();
  }
}
