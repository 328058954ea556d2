import { readdir, readFile } from 'node:fs/promises';

/** The memory and handles of a process at one moment. */
export interface Sample {
  /** Since the first sample. */
  readonly second: number;
  readonly rssMiB: number;
  /** Open files and connections. */
  readonly handles: number;
}

/** Reads it from /proc (proc_pid_status(5), proc_pid_fd(5)). @throws Error without /proc, or without such a process */
export async function sampleOf(pid: number, startedAt: number): Promise<Sample> {
  const [status, files] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readdir(`/proc/${pid}/fd`),
  ]);
  const rssKiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return {
    second: Math.round((performance.now() - startedAt) / 1_000),
    rssMiB: Math.round(rssKiB / 1_024),
    handles: files.length,
  };
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/**
 * Returns what has grown, in sentences; none if both are flat. The first third is for warming up: the last third is
 * compared with the middle one. Memory may be up by a quarter, since a heap is collected when it likes; handles by 16,
 * which are as many connections as there may be to one store.
 */
export function growth(samples: readonly Sample[]): string[] {
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  const of = (part: readonly Sample[], what: 'rssMiB' | 'handles') =>
    median(part.map((sample) => sample[what]));
  const found: string[] = [];
  const memory = [of(middle, 'rssMiB'), of(last, 'rssMiB')] as const;
  if (memory[1] > memory[0] * 1.25) found.push(`memory has grown from ${memory[0]} to ${memory[1]} MiB`);
  const handles = [of(middle, 'handles'), of(last, 'handles')] as const;
  if (handles[1] > handles[0] + 16) found.push(`open handles have grown from ${handles[0]} to ${handles[1]}`);
  return found;
}
