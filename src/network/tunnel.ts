import { type ClientRequest, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIPv6, type Socket } from 'node:net';
import type { buildConnector } from 'undici';

/** A proxy gave no tunnel. `code` begins with ERR_PROXY_; nothing of the proxy's URL or answer is in it. */
class TunnelError extends Error {
  override readonly name = 'TunnelError';
  readonly code: string;

  constructor(code: string) {
    super(
      `the proxy gives no connection (${code}): correct HTTPS_PROXY and HTTP_PROXY, or add the host to NO_PROXY`,
    );
    this.code = code;
  }
}

const KEEP_ALIVE_MS = 30_000;

/**
 * Makes a connector whose connections go through a proxy, by CONNECT for http too: the proxy sees no request.
 * @param connect secures the connection to a target with https
 * @param timeoutMs for the proxy's answer
 */
export function throughProxy(
  proxy: URL,
  connect: buildConnector.connector,
  timeoutMs: number,
): buildConnector.connector {
  return (options, callback) => {
    const { hostname, protocol } = options;
    const host = isIPv6(hostname) ? `[${hostname}]` : hostname;
    const port = options.port || (protocol === 'https:' ? '443' : '80');
    openTunnel(proxy, `${host}:${port}`, timeoutMs).then(
      (socket) => {
        if (protocol === 'https:') connect({ ...options, httpSocket: socket }, callback);
        else callback(null, socket);
      },
      (error: Error) => callback(error, null),
    );
  };
}

function openTunnel(proxy: URL, target: string, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = connectRequest(proxy, target);
    const timer = setTimeout(() => fail('ERR_PROXY_TIMEOUT'), timeoutMs);
    const fail = (code: string) => {
      clearTimeout(timer);
      request.destroy();
      reject(new TunnelError(code));
    };
    request.on('connect', ({ statusCode }, socket: Socket, head) => {
      clearTimeout(timer);
      // What comes before the client has said a word is none of the target's.
      if (statusCode === 200 && head.length === 0) {
        socket.setKeepAlive(true, KEEP_ALIVE_MS);
        socket.setNoDelay(true);
        resolve(socket);
        return;
      }
      socket.on('error', () => {}).destroy();
      reject(new TunnelError(`ERR_PROXY_${statusCode}`));
    });
    request.on('response', ({ statusCode }) => fail(`ERR_PROXY_${statusCode}`));
    request.on('error', (error: NodeJS.ErrnoException) => fail(`ERR_PROXY_${error.code ?? 'FAILED'}`));
    request.end();
  });
}

function connectRequest(proxy: URL, target: string): ClientRequest {
  const { username, password } = proxy;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const request = proxy.protocol === 'https:' ? requestHttps : requestHttp;
  return request({
    method: 'CONNECT',
    host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    path: target,
    agent: false,
    headers: {
      host: target,
      ...(username !== '' && {
        'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}`,
      }),
    },
  });
}
