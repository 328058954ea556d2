/** The folders in which beds live while they run, and what is left of those whose supervisor was killed. */
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { socketPath } from './supervisor-protocol.ts';

const PREFIX = 'accesskeys-bed-';
/** A folder is made a moment before its supervisor listens. */
const YOUNG_MS = 60_000;

/** Makes a folder of its own, for its owner's eyes only, below the system's folder for temporary files. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), PREFIX));
}

async function isAlive(folder: string, now: number): Promise<boolean> {
  const socket = connect(socketPath(folder));
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
    return !refused && now - (await stat(folder)).mtimeMs < YOUNG_MS;
  } finally {
    socket.destroy();
  }
}

/**
 * Removes the folders that nobody looks after any more; what can't be removed (somebody else's) stays.
 * @param now in ms since 1970
 */
export async function removeLeftovers(now: number): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  await Promise.allSettled(
    names.map(async (name) => {
      const folder = join(tmpdir(), name);
      if (!(await isAlive(folder, now))) await rm(folder, { recursive: true, force: true });
    }),
  );
}
