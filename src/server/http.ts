import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isIPv6 } from 'node:net';
import { ConfigError } from '../config/config.ts';
import type { ListenAddress } from '../config/parse.ts';
import { limitConnections } from './connections.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Default text/plain. */
  readonly contentType?: string;
}

export interface HttpServer {
  /** host:port */
  readonly address: string;
  close(): Promise<void>;
}

/** More than any scraper and kubelet need. */
const MAX_CONNECTIONS = 64;
/** In ms. A connection that says nothing, or nothing whole, ends within the first two together. */
const TIMEOUTS = {
  headersTimeout: 5_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 5_000,
  requestTimeout: 10_000,
};
/** Of a client that takes its answer slowly. */
const SILENCE_MS = 10_000;
const MAX_HEADER_BYTES = 8 * 1024;

/**
 * Serves what each path gives, to GET and HEAD. No request has a body that is read, and none says anything that the
 * process acts on.
 * @param flag the setting that says the address, for the error
 * @param paths asked for each request; what one throws is a 500 without a word about it
 * @throws ConfigError where the address can't be had
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
          `--${flag}: nothing can be served at ${host ?? ''}:${port} (${error.code}); name another address, or an empty one for none`,
        ),
      );
    server.once('error', refuse);
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      // One connection that can't be accepted is no reason to end.
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
