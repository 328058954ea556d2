import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** A connection, and what it is asked. */
interface Connection {
  readonly socket: Socket;
  readonly peer: string;
  /** The number of unanswered requests. */
  open: number;
}

/**
 * Limits the connections of an HTTP server. A new one beyond the limit replaces the longest idle connection
 * of the peer with the most connections. Otherwise a client could keep all others out by opening silent
 * connections.
 */
export function limitConnections(server: Server, max: number): void {
  /** Ordered by idle time, the longest first. */
  const connections = new Map<Socket, Connection>();

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
    const connection = connections.get(socket);
    if (connection === undefined) return;
    connection.open += 1;
    response.once('close', () => {
      connection.open -= 1;
      // Move it to the end, unless it has closed.
      if (connections.delete(socket)) connections.set(socket, connection);
    });
  });
}

function toEnd(connections: readonly Connection[]): Connection | undefined {
  const byPeer = Map.groupBy(connections, ({ peer }) => peer);
  const [largest = []] = [...byPeer.values()].sort((one, other) => other.length - one.length);
  return largest.find(({ open }) => open === 0) ?? largest[0];
}
