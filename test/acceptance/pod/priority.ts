/** A low priority for what is prepared while other tests run: it takes the CPU and disk that they leave. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The share of the CPU; others have 1024. `nice` doesn't count between sessions, and each of a bed's programs is one.
 */
const SHARES = 64;

/** The path of the cgroup of the hierarchy `cpu`. @param text of /proc/self/cgroup */
export function cpuCgroup(text: string): string | undefined {
  return /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m.exec(text)?.[1];
}

/**
 * This process, and what it starts from now on, steps back behind all others.
 * @param name of the cgroup that is made for it, below this process's own; whoever made the folder of that name removes
 * it
 * @returns what ends it; processes that were started meanwhile stay behind
 */
export function stepBack(name: string): () => void {
  const own = cpuCgroup(readFileSync('/proc/self/cgroup', 'utf8'));
  if (own === undefined) return () => {};
  const above = join('/sys/fs/cgroup/cpu', own);
  const below = join(above, name);
  mkdirSync(below);
  writeFileSync(join(below, 'cpu.shares'), String(SHARES));
  const be = (cgroup: string, ionice: readonly string[]) => {
    writeFileSync(join(cgroup, 'cgroup.procs'), String(process.pid));
    spawnSync('ionice', [...ionice, '-p', String(process.pid)]);
  };
  be(below, ['-c', 'idle']);
  return () => {
    be(above, ['-c', 'best-effort', '-n', '4']);
    writeFileSync(join(below, 'cpu.shares'), '1024');
  };
}
