/** A load balancer before several servers: each request goes to the next one that is well, as by its health page. */
import {
  createServer,
  Agent as HttpAgent,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.ts';

const CHECK_EVERY_MS = 500;
const HEALTHY_WITHIN_MS = 1_000;

export interface RoundRobin {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts one on a free port of 127.0.0.1.
 * @param servers http://HOST:PORT each
 * @param healthPath answered 200 by a server that is well
 */
export async function startRoundRobin(servers: readonly string[], healthPath: string): Promise<RoundRobin> {
  const agent = new HttpAgent({ keepAlive: true });
  const sockets = new Set<Socket>();
  let well = [...servers];
  let turn = 0;
  let closed = false;

  async function isWell(server: string): Promise<boolean> {
    const answer = ask(`${server}${healthPath}`).then(({ status }) => status === 200);
    return Promise.race([answer.catch(() => false), sleep(HEALTHY_WITHIN_MS, false)]);
  }

  async function watch(): Promise<void> {
    while (!closed) {
      const found = await Promise.all(servers.map(isWell));
      well = servers.filter((_, n) => found[n]);
      await sleep(CHECK_EVERY_MS);
    }
  }

  function forward(from: IncomingMessage, to: ServerResponse): void {
    turn += 1;
    const target = well[turn % well.length];
    if (target === undefined) {
      from.resume();
      to.writeHead(502).end();
      return;
    }
    const { hostname, port } = new URL(target);
    const { method, url: path, rawHeaders: headers } = from;
    const onward = request({ hostname, port, agent, method, path, headers, setDefaultHeaders: false });
    onward.on('response', (answer) => {
      answer.on('error', () => from.socket.resetAndDestroy());
      to.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(to);
    });
    onward.on('error', () => from.socket.resetAndDestroy());
    to.on('close', () => onward.destroy());
    from.on('error', () => onward.destroy());
    from.pipe(onward);
  }

  const server = createServer(forward);
  server.requestTimeout = 0;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const watching = watch();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      closed = true;
      await watching;
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.resetAndDestroy();
      });
      agent.destroy();
    },
  };
}
