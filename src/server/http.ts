import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isIPv6 } from 'node:net';
import { ConfigError } from '../config/config.ts';
import type { ListenAddress } from '../config/parse.ts';
import { limitConnections } from './connections.ts';

/** The answer of a path. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Default text/plain. */
  readonly contentType?: string;
}

/** A running server. */
export interface HttpServer {
  /** host:port */
  readonly address: string;
  close(): Promise<void>;
}

/** More than any scraper and kubelet need. */
const MAX_CONNECTIONS = 64;
/** In ms. A connection without a complete request ends within the first two together. */
const TIMEOUTS = {
  headersTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 5_000,
  requestTimeout: 10_000,
};
/** The longest silence of a client that takes its answer slowly. */
const SILENCE_MS = 10_000;
const MAX_HEADER_BYTES = 8 * 1024;

/**
 * Serves the answer of each path to GET and HEAD. It reads no request body, and acts on nothing in a request.
 * @param flag the setting that names the address, for the error
 * @param paths called for each request; an exception becomes a 500 without details
 * @throws ConfigError if it can't listen at the address
 */
export async function serveHttp(
  flag: string,
  { host, port }: ListenAddress,
  paths: Readonly<Record<string, () => Answer | Promise<Answer>>>,
): Promise<HttpServer> {
  const server = createServer({ ...TIMEOUTS, maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    request.resume();
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const answer = Object.hasOwn(paths, path) ? paths[path] : undefined;
    if (answer === undefined) return send(response, { status: 404, body: 'not found\n' });
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return send(response, { status: 405, body: 'only GET\n' });
    void Promise.resolve()
      .then(answer)
      .catch((): Answer => ({ status: 500, body: 'failed\n' }))
      .then((given) => send(response, given));
  });
  server.setTimeout(SILENCE_MS);
  limitConnections(server, MAX_CONNECTIONS);
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) =>
      reject(
        new ConfigError(
          `--${flag}: cannot listen at ${host ?? ''}:${port} (${error.code}); set another address, or an empty one to serve nothing`,
        ),
      );
    server.once('error', refuse);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      // Go on after a connection that can't be accepted.
      server.off('error', refuse).on('error', () => {});
      resolve();
    });
  });
  const { address, port: bound } = server.address() as AddressInfo;
  return {
    address: isIPv6(address) ? `[${address}]:${bound}` : `${address}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(
  response: ServerResponse,
  { status, body, contentType = 'text/plain; charset=utf-8' }: Answer,
): void {
  response
    .writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      'x-content-type-options': 'nosniff',
    })
    .end(body);
}
