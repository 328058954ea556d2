/** Programs that see host names of the test's own, in a mount namespace: nothing of the machine changes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Replaces two of the system's files by own ones, which only the program sees. */
const SCRIPT = 'mount --bind "$0" /etc/hosts && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';

/**
 * Returns a command that runs what follows it so that these names, and no others, lead to 127.0.0.1. It takes the right
 * to mount in a namespace (`canMount` of test/bed/minio.ts).
 * @param folder for the files; it stays while programs run
 */
export async function ownHosts(folder: string, names: readonly string[]): Promise<[string, ...string[]]> {
  const hosts = join(folder, 'hosts');
  const resolv = join(folder, 'resolv.conf');
  await writeFile(hosts, ['127.0.0.1 localhost', ...names.map((name) => `127.0.0.1 ${name}`), ''].join('\n'));
  // No name server: what isn't in the file doesn't exist.
  await writeFile(resolv, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
  return ['unshare', '--map-root-user', '--mount', 'sh', '-c', SCRIPT, hosts, resolv];
}
