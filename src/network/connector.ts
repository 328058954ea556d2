import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { throughProxy } from './tunnel.ts';

/** The options of TLS, with the names of `node:tls`. */
export interface TlsOptions {
  readonly ca?: string | Buffer | string[];
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Options of the connections to one server. */
export interface ConnectorOptions {
  readonly tls: TlsOptions;
  /** The longest time to connect, including TLS, in ms. Default 10 s. */
  readonly timeoutMs?: number | undefined;
  /** Resolves host names; default: the system. */
  readonly lookup?: LookupFunction | undefined;
  /** By which the server is reached; default: directly. */
  readonly proxy?: URL | undefined;
}

/** Opens a connection. */
export type Connector = buildConnector.connector;

/** It is shorter than any request's deadline, so that a failure tells which of them it was. */
const TIMEOUT_MS = 10_000;
/** Finds out that the other side is gone before NAT and load balancers forget the connection. */
const KEEP_ALIVE_MS = 30_000;

/** Makes a function that opens connections, with HTTP/1.1, through the proxy if there is one. */
export function createConnector({ tls, timeoutMs = TIMEOUT_MS, lookup, proxy }: ConnectorOptions): Connector {
  const connect = buildConnector({
    ...tls,
    ...(lookup && { lookup }),
    allowH2: false,
    timeout: timeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  return proxy === undefined ? connect : throughProxy(proxy, connect, timeoutMs);
}
