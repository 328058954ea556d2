import { join } from 'node:path';
import { ask } from './ask.ts';
import { type Server, startServer } from './server.ts';
import type { Supervisor } from './supervise.ts';

/** Starts a single etcd that may lose data when the machine stops, and needn't wait for the disk. */
export async function startEtcd(
  supervisor: Supervisor,
  { command, folder }: { command: string; folder: string },
): Promise<{ server: Server; url: string }> {
  const client = (ports: readonly number[]) => `http://127.0.0.1:${ports[0]}`;
  const { server, ports } = await startServer(supervisor, {
    name: 'etcd',
    command,
    folder,
    portCount: 2,
    args: (ports) => {
      const peer = `http://127.0.0.1:${ports[1]}`;
      return [
        ...['--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync', '--log-level=warn'],
        ...['--listen-client-urls', client(ports), '--advertise-client-urls', client(ports)],
        ...[
          '--listen-peer-urls',
          peer,
          '--initial-advertise-peer-urls',
          peer,
          '--initial-cluster',
          `default=${peer}`,
        ],
      ];
    },
    ready: async (ports) => (await ask(`${client(ports)}/health`)).status === 200,
  });
  return { server, url: client(ports) };
}
