/** The CPU time and memory of a process, from /proc (proc(5)): Linux alone. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The length of a tick: USER_HZ is 100 on every Linux that Node runs on. */
const MS_PER_TICK = 10;

export interface Usage {
  /** User and system time of all its threads since it started, in ms, to 10 ms. */
  readonly cpuMs: number;
  /** Resident memory now, in MiB. */
  readonly rssMib: number;
  /** The most that it has ever been, in MiB. */
  readonly peakRssMib: number;
}

/** Returns what the process has used so far. @throws Error if there is no such process */
export async function usageOf(pid: number): Promise<Usage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The second field is a name in parentheses, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const mib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK,
    rssMib: mib('VmRSS'),
    peakRssMib: mib('VmHWM'),
  };
}

const STEP_MS = 250;
const QUIET_STEPS = 6;
const QUIET_CPU_MS = 75;

/** Resolves once the process has used less than 5 % of a core for 1.5 s; gives the time of that rest's beginning. */
export async function untilQuiet(pid: number): Promise<number> {
  const samples: number[] = [];
  for (;;) {
    samples.push((await usageOf(pid)).cpuMs);
    const before = samples.at(-1 - QUIET_STEPS);
    const startedAt = performance.now() - QUIET_STEPS * STEP_MS;
    if (before !== undefined && (samples.at(-1) ?? 0) - before <= QUIET_CPU_MS) return startedAt;
    await sleep(STEP_MS);
  }
}

/** Returns the process and all that it has started, and those have. */
export async function descendantsOf(pid: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) && (await readFile(`/proc/${name}/stat`, 'utf8').catch(() => ''));
    if (stat) parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found = [pid];
  // Grows while it is gone through.
  for (const parent of found) for (const [child, of] of parents) if (of === parent) found.push(child);
  return found;
}

/** CPU in ms of each named process, or of several together, while `work` runs. */
export async function cpuDuring<T>(
  pids: Readonly<Record<string, number | readonly number[]>>,
  work: () => Promise<T>,
): Promise<{ result: T; cpuMs: Record<string, number>; seconds: number }> {
  const read = async () =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(pids).map(async ([name, of]) => {
          const usages = await Promise.all([of].flat().map((pid) => usageOf(pid)));
          return [name, usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0)] as const;
        }),
      ),
    );
  const before = await read();
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = await read();
  const cpuMs = Object.fromEntries(
    Object.keys(pids).map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]),
  );
  return { result, cpuMs, seconds };
}
