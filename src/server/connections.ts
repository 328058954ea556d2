import type { Server } from 'node:http';
import type { Socket } from 'node:net';

interface Held {
  readonly socket: Socket;
  readonly peer: string;
  /** Requests that aren't answered yet. */
  open: number;
}

/**
 * Keeps an HTTP server at so many connections. One more takes the place of another, since whoever opens connections and
 * says nothing would otherwise keep everybody else out: of the peer that has the most, the one that is idle the longest.
 */
export function limitConnections(server: Server, max: number): void {
  /** Those that are idle the longest first. */
  const connections = new Map<Socket, Held>();

  server.on('connection', (socket: Socket) => {
    connections.set(socket, { socket, peer: socket.remoteAddress ?? '', open: 0 });
    socket.once('close', () => connections.delete(socket));
    if (connections.size <= max) return;
    const out = toEnd([...connections.values()]);
    if (out === undefined) return;
    connections.delete(out.socket);
    out.socket.destroy();
  });
  server.on('request', ({ socket }, response) => {
    const held = connections.get(socket);
    if (held === undefined) return;
    held.open += 1;
    response.once('close', () => {
      held.open -= 1;
      // To the end, if it is still there.
      if (connections.delete(socket)) connections.set(socket, held);
    });
  });
}

function toEnd(connections: readonly Held[]): Held | undefined {
  const byPeer = Map.groupBy(connections, ({ peer }) => peer);
  const [most = []] = [...byPeer.values()].sort((one, other) => other.length - one.length);
  return most.find(({ open }) => open === 0) ?? most[0];
}
