/** Runs Go's own tool on a Go module. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from './folder.ts';
import { type GoModule, moduleFolder } from './go-modules.ts';
import { lastLines } from './last-lines.ts';
import { startSupervisor } from './supervise.ts';

/** The beginning of the name of a folder that Go works in, in the cache. It goes when Go or this process ends. */
export const UNFINISHED = '.building-';

export interface GoRun {
  readonly module: GoModule;
  /** The folder that the programs are put in, as `cachedPath` says. */
  readonly cache: string;
  /** Ends Go, which then fails. */
  readonly signal: AbortSignal;
}

/**
 * Runs `go` in the module's folder, and ends it if this process ends.
 * @param title the words that an error begins with
 * @param args gets a folder for what Go writes
 * @param then is called with that folder if Go succeeds
 * @throws Error with the end of Go's output
 */
export async function runGo(
  { module, cache, signal }: GoRun,
  title: string,
  args: (unfinished: string) => readonly string[],
  then?: (unfinished: string) => Promise<void>,
): Promise<void> {
  const unfinished = await mkdtemp(join(cache, UNFINISHED));
  const folder = await makeFolder();
  const supervisor = await startSupervisor(folder, [unfinished]);
  try {
    const log = join(folder, 'go.log');
    const go = await supervisor.start({
      name: 'go',
      command: 'go',
      args: [...args(unfinished)],
      cwd: moduleFolder(module),
      env: environment(unfinished),
      log,
      bound: true,
    });
    const stop = () => void go.stop().catch(() => {});
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const { code } = await go.exited;
    signal.removeEventListener('abort', stop);
    if (code !== 0) throw new Error(`${title} failed:\n${await lastLines(log, 20)}`);
    await then?.(unfinished);
  } finally {
    await supervisor.end();
  }
}

function environment(unfinished: string): Record<string, string> {
  const env = Object.entries({
    // The compiler and the linker collect their own garbage less often, unless the caller says how often.
    ...{ GOGC: '400', ...process.env },
    ...{ CGO_ENABLED: '0', GOWORK: 'off', GOTMPDIR: unfinished },
  });
  return Object.fromEntries(env.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
