/** A CONNECT proxy: it alone knows the names of the hosts behind it, and asks who comes. */
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxy {
  /** Its URL, with the name and password that it asks for. */
  readonly url: string;
  readonly port: number;
  /** The number of requests for a tunnel, by `host:port`. */
  readonly asked: ReadonlyMap<string, number>;
  /** Ends the tunnels, and answers further requests with this status; undefined allows tunnels again. */
  refuse(status: number | undefined): void;
  close(): Promise<void>;
}

/** Starts one. @param hosts the hosts that it knows, each with the port on this machine that it leads to */
export async function startConnectProxy(hosts: Readonly<Record<string, number>>): Promise<ConnectProxy> {
  const asked = new Map<string, number>();
  const sockets = new Set<Socket>();
  let refusing: number | undefined;
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Socket) => {
    const target = request.url ?? '';
    asked.set(target, (asked.get(target) ?? 0) + 1);
    const known = hosts[target.replace(/:\d+$/, '')];
    const expected = `Basic ${Buffer.from('operator:p@ss').toString('base64')}`;
    const isKnown = request.headers['proxy-authorization'] === expected;
    const status = refusing ?? (isKnown ? (known === undefined ? 502 : 200) : 407);
    client.on('error', () => {});
    if (status !== 200 || known === undefined) {
      client.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(known, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(upstream).pipe(client);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
        sockets.delete(socket);
      });
      socket.on('error', () => {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://operator:p%40ss@127.0.0.1:${port}`,
    port,
    asked,
    refuse(status) {
      refusing = status;
      cut();
    },
    async close() {
      cut();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
