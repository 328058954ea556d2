import { type Connector, createConnector, type TlsOptions } from '../network/connector.ts';
import { createTransport, type Transport, type TransportOptions } from '../network/transport.ts';
import type { Connection } from './connection.ts';

/**
 * The connections to the API server. Requests share a few that stay open. Each watch holds its own while it
 * runs. In a common pool, watches would delay requests.
 */
export interface Pools {
  readonly requests: Transport;
  readonly streams: Transport;
  /** Ends every request and connection. */
  close(): Promise<void>;
}

/** Closes unused connections before servers and load balancers close them (after 60 s or more). */
const KEEP_ALIVE_MS = 30_000;
const CONNECTIONS = 32;

/** Makes the pools. HTTP/2 would put all watches on one connection that can hang. */
export function createPools(
  connection: Connection,
  options: Pick<TransportOptions, 'intercept' | 'clock'>,
): Pools {
  const { origin } = connection.server;
  const common = { ...options, origin, connect: connector(connection), keepAliveMs: KEEP_ALIVE_MS };
  const requests = createTransport({ ...common, connections: CONNECTIONS });
  const streams = createTransport(common);
  return {
    requests,
    streams,
    async close() {
      await Promise.all([requests.destroy(), streams.destroy()]);
    },
  };
}

/**
 * Connects with the current certificates, since a CA or client certificate may change while the process runs.
 */
function connector(connection: Connection): Connector {
  let current: { readonly tls: TlsOptions; readonly connect: Connector } | undefined;
  return (options, callback) => {
    connection.tls().then(
      (tls) => {
        if (current?.tls !== tls) {
          current = { tls, connect: createConnector({ tls, proxy: connection.proxy }) };
        }
        current.connect(options, callback);
      },
      (error: Error) => callback(error, null),
    );
  };
}
