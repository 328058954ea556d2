import { Agent, buildConnector, type Dispatcher } from 'undici';
import { throughProxy } from '../network/tunnel.ts';
import type { Connection, ConnectionTls } from './connection.ts';

/**
 * The connections to the API server. Requests share a few that stay open. Each watch holds its own while it
 * runs. In a common pool, watches would delay requests.
 */
export interface Pools {
  readonly requests: Dispatcher;
  readonly streams: Dispatcher;
  /** Ends every request and connection. */
  close(): Promise<void>;
}

/** Closes unused connections before servers and load balancers close them (after 60 s or more). */
const KEEP_ALIVE_MS = 30_000;
const CONNECTIONS = 32;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Makes the pools, with HTTP/1.1. undici's HTTP/2 would put all watches on one connection that can hang.
 * @param intercept interceptors that see every request of both
 */
export function createPools(
  connection: Connection,
  intercept: readonly Dispatcher.DispatcherComposeInterceptor[] = [],
): Pools {
  const connect = connector(connection);
  const common = { connect, pipelining: 1, keepAliveTimeout: KEEP_ALIVE_MS, allowH2: false };
  const requests = new Agent({ ...common, connections: CONNECTIONS });
  const streams = new Agent(common);
  return {
    requests: requests.compose(...intercept),
    streams: streams.compose(...intercept),
    async close() {
      await Promise.all([requests.destroy(), streams.destroy()]);
    },
  };
}

/**
 * Connects with the current certificates, since a CA or client certificate may change while the process runs.
 */
function connector(connection: Connection): buildConnector.connector {
  let current: { readonly tls: ConnectionTls; readonly connect: buildConnector.connector } | undefined;
  return (options, callback) => {
    connection.tls().then(
      (tls) => {
        if (current?.tls !== tls) {
          current = {
            tls,
            connect: connectorOf(connection, tls),
          };
        }
        current.connect(options, callback);
      },
      (error: Error) => callback(error, null),
    );
  };
}

function connectorOf({ proxy }: Connection, tls: ConnectionTls): buildConnector.connector {
  const connect = buildConnector({
    ...tls,
    allowH2: false,
    timeout: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  return proxy === undefined ? connect : throughProxy(proxy, connect, CONNECT_TIMEOUT_MS);
}
