import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 2_000;

/**
 * Waits until every thread of a process that was sent SIGSTOP stands still: on a busy machine one may go on answering
 * for a while. It waits two seconds at most, and not at all without /proc.
 */
export async function untilStopped(pid: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (runs(pid) && performance.now() < deadline) await sleep(2);
}

function runs(pid: number): boolean {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    // The state comes after the program's name, which may have any letters (proc_pid_stat(5)).
    return threads.some((id) => !/\) [TtZX]/.test(readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8')));
  } catch {
    return false;
  }
}
