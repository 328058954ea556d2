/** A MinIO of several nodes, each in a network namespace of its own: nodes of one server don't take loopback addresses. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Bed } from './bed.ts';
import { type MinioData, minioReady, withServer } from './minio.ts';
import { type Server, startServer } from './server.ts';

const NODES = 4;
const ADDRESSES = Array.from({ length: NODES }, (_, n) => `10.77.0.${n + 1}`);

/** One node. Its data as a MinIO's: of a client that asks this node alone. */
export interface MinioNode extends MinioData, Server {
  /** Takes the node off the network, as a cut cable does; `mend` ends it. */
  cut(): void;
  mend(): void;
}

/** Returns why this machine can't have several nodes; undefined if it can. */
export function noNodesBecause(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'it takes root on Linux, for network namespaces';
  const script = 'ip link add switch type bridge && ip netns add n1';
  const { status } = spawnSync('unshare', [
    '--net',
    '--mount',
    'sh',
    '-c',
    `mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns && ${script}`,
  ]);
  return status === 0 ? undefined : "it takes iproute2's `ip` and the right to make network namespaces";
}

/**
 * Starts four nodes, which can lose one of them and still write. They end with this process.
 * @param options.driveTimeout how long a node waits for the drive of another one, as MinIO writes it
 */
export async function startMinioNodes(
  { supervisor, folder, minioProgram }: Bed,
  options: { readonly driveTimeout: string },
): Promise<MinioNode[]> {
  const name = `nodes-${randomBytes(3).toString('hex')}`;
  const home = join(folder, name);
  await mkdir(home);
  const at = (file: string) => join(import.meta.dirname, file);
  const sockets = ADDRESSES.map((_, n) => join(home, `${n + 1}.sock`));
  const { server: network } = await startServer(supervisor, {
    name,
    command: 'unshare',
    args: () => ['--net', '--mount', at('node-network.sh'), at('node-relay.ts'), home, ...ADDRESSES],
    env: { NODE: process.execPath },
    folder,
    bound: true,
    portCount: 0,
    ready: async () => (await Promise.all(sockets.map(answers))).every(Boolean),
  });
  const inNetwork = ['--target', String(network.pid), '--net', '--mount'];
  const rootUser = `root-${randomBytes(6).toString('hex')}`;
  const rootPassword = randomBytes(24).toString('base64url');
  const drives = ADDRESSES.map((address, n) => `http://${address}:9000${join(home, `drive${n + 1}`)}`);
  return Promise.all(
    ADDRESSES.map(async (address, n) => {
      const endpoint = await relayTo(sockets[n] ?? '');
      const dataFolder = join(home, `drive${n + 1}`);
      const { server } = await startServer(supervisor, {
        name: `${name}-${n + 1}`,
        command: 'nsenter',
        args: () => [
          ...inNetwork,
          ...['ip', 'netns', 'exec', `n${n + 1}`],
          ...[minioProgram, 'server', ...drives, '--address', `${address}:9000`],
        ],
        env: {
          MINIO_ROOT_USER: rootUser,
          MINIO_ROOT_PASSWORD: rootPassword,
          MINIO_BROWSER: 'off',
          MINIO_UPDATE: 'off',
          MINIO_DRIVE_MAX_TIMEOUT: options.driveTimeout,
          // Lets it have its drive on the disk of the machine.
          MINIO_CI_CD: 'on',
        },
        folder,
        bound: true,
        portCount: 0,
        ready: () => minioReady(endpoint, undefined),
      });
      const link = (state: string) => {
        const { status, stderr } = spawnSync('nsenter', [
          ...inNetwork,
          ...['ip', 'link', 'set', `port${n + 1}`, state],
        ]);
        if (status !== 0) throw new Error(`the link of node ${n + 1} can't be set ${state}: ${stderr}`);
      };
      const data = { name: `${name}-${n + 1}`, endpoint, rootUser, rootPassword, dataFolder };
      // Not a copy of its properties: the `pid` is read when it is asked for.
      return Object.assign(withServer(data, server), { cut: () => link('down'), mend: () => link('up') });
    }),
  );
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** A port of 127.0.0.1 that leads to a Unix socket. @returns http://127.0.0.1:PORT */
async function relayTo(path: string): Promise<string> {
  const server = createServer((socket: Socket) => {
    const onward = connect(path);
    socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
    onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  }).unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
