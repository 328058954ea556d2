/** A lock between processes that the kernel takes back from an owner that died, however it died. */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** SQLite's result code for a database that somebody else has locked: https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;
const RETRY_MS = 200;

export interface Lock {
  release(): void;
}

/** Takes a lock on a file, which it creates and leaves. Returns undefined if another process has the lock. */
export function tryLock(file: string): Lock | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // No journal: nothing is ever written, and an owner that is killed would leave one beside the file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
}

/** Takes the lock, and waits while another has it; `onWait` is called once. */
export async function lock(file: string, onWait: () => void = () => {}): Promise<Lock> {
  let told = false;
  for (;;) {
    const taken = tryLock(file);
    if (taken !== undefined) return taken;
    if (!told) onWait();
    told = true;
    await sleep(RETRY_MS);
  }
}
