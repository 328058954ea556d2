/** The folder of a run, and what is sure to go with it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export const NODE_SCRIPT = join(import.meta.dirname, 'node.sh');

export interface Folder {
  readonly path: string;
  readonly name: string;
  /** Also removes the node's cgroups; what runs in them is ended. */
  remove(): Promise<void>;
}

/** Makes a folder that goes when `remove` is called or when this process ends, whatever ends it (SIGKILL too). */
export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'accesskeys-pod-'));
  // In a session of its own: a Ctrl-C in a terminal reaches it only as the end of its stdin.
  const after = spawn('bash', [NODE_SCRIPT, 'after', path], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(after, 'exit');
  await Promise.race([
    once(after.stdout, 'data'),
    exited.then(() => Promise.reject(new Error('node.sh after has not started'))),
  ]);
  return {
    path,
    name: basename(path),
    async remove() {
      after.stdin.end();
      await exited;
    },
  };
}
