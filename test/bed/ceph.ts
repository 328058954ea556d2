/** Starts Ceph's Object Gateway from Debian's packages unpacked into a folder. It takes root. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Pair } from '../../src/provider/provider.ts';
import { ask } from './ask.ts';
import { cacheFolder } from './go-modules.ts';
import { lock } from './lock.ts';
import { type Server, startServer } from './server.ts';
import type { Supervisor } from './supervise.ts';

const SCRIPTS = join(import.meta.dirname, 'ceph');

/** Runs a script ($2) with its arguments in the packages' folder ($0), with a run's own folder ($1) as /cl. */
const IN_FOLDER = [
  'mount --rbind /dev "$0/dev"',
  'mount --bind "$1" "$0/cl"',
  'cp "$2" "$1/inside.sh" && shift 2',
  'exec chroot "$0" /usr/bin/env -i PATH=/usr/bin:/usr/sbin HOME=/root bash /cl/inside.sh "$@"',
].join(' && ');

/** A Ceph that runs. As JSON, it says another process where. */
export interface CephPlace {
  /** The APIs of S3 and IAM: http://127.0.0.1:PORT */
  readonly endpoint: string;
  /** May make accounts. */
  readonly admin: Pair;
}

export interface Ceph extends CephPlace {
  /** All daemons together. */
  readonly server: Server;
}

/** Returns why Ceph can't run here, in one sentence; undefined if it can. */
export function cephObjection(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'Ceph runs on Linux on x64 alone';
  if (process.getuid?.() !== 0) return 'Ceph runs for root alone: it takes chroot and mount';
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb')) {
    return 'Ceph comes from packages of Debian, and this machine has no apt-get';
  }
  return undefined;
}

/** Returns the folder of Ceph's packages; the first time on a machine it fetches and unpacks them. */
async function packages(log: (line: string) => void): Promise<string> {
  const cache = cacheFolder(process.env);
  const folder = join(cache, `ceph-forky-${process.platform}-${process.arch}`);
  await mkdir(cache, { recursive: true });
  const held = await lock(join(cache, 'ceph.lock'));
  try {
    if (existsSync(folder)) return join(folder, 'root');
    log('bed: fetching Ceph, 160 MB');
    const unfinished = `${folder}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await promisify(execFile)('bash', [join(SCRIPTS, 'fetch.sh'), unfinished], {
      maxBuffer: 16 * 1024 * 1024,
    });
    await rename(unfinished, folder);
    return join(folder, 'root');
  } finally {
    held.release();
  }
}

/** Starts one with data of its own, without an account. */
export async function startCeph(
  supervisor: Supervisor,
  options: { folder: string; bound?: boolean; log?: (line: string) => void },
): Promise<Ceph> {
  const { folder, bound = false, log = () => {} } = options;
  const root = await packages(log);
  const own = await mkdtemp(join(folder, 'ceph-'));
  const admin = {
    accessKeyId: `ADMIN${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  const { server, ports } = await startServer(supervisor, {
    name: `ceph-${randomBytes(4).toString('hex')}`,
    command: 'unshare',
    folder,
    bound,
    portCount: 2,
    args: (ports) => [
      ...['--mount', '--pid', '--fork', '--kill-child', `--mount-proc=${join(root, 'proc')}`],
      ...['bash', '-c', IN_FOLDER, root, own, join(SCRIPTS, 'inside.sh')],
      ...[...ports.map(String), admin.accessKeyId, admin.secretAccessKey],
    ],
    ready: async (ports) =>
      existsSync(join(own, 'ready')) && (await ask(`http://127.0.0.1:${ports[0]}/`)).status === 200,
  });
  return { endpoint: `http://127.0.0.1:${ports[0]}`, admin, server };
}
