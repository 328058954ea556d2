/** The Ceph of a run: the first file that asks for it starts it, and each gets an account of its own. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type CephPlace, startCeph } from '../../bed/ceph.ts';
import { type CephAccount, createCephAccount } from '../../bed/ceph-account.ts';
import { lock } from '../../bed/lock.ts';
import { connectSupervisor } from '../../bed/supervise.ts';

/** Makes an account in the run's Ceph, which ends with the run's first bed. */
export async function sharedCephAccount(): Promise<CephAccount> {
  const [home] = inject('beds');
  if (!home) throw new Error('the run has no bed');
  return createCephAccount(await placeIn(home.folder));
}

async function placeIn(folder: string): Promise<CephPlace> {
  const file = join(folder, 'ceph.json');
  const held = await lock(join(folder, 'ceph.lock'));
  try {
    if (!existsSync(file)) {
      const supervisor = await connectSupervisor(folder, { background: true });
      const { endpoint, admin } = await startCeph(supervisor, { folder, log: console.log });
      supervisor.disconnect();
      await writeFile(file, JSON.stringify({ endpoint, admin }), { mode: 0o600 });
    }
    return JSON.parse(await readFile(file, 'utf8'));
  } finally {
    held.release();
  }
}
