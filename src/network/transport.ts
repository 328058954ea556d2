import { Client, type Dispatcher, Pool } from 'undici';
import type { ClockSkew } from './clock-skew.ts';
import type { Connector } from './connector.ts';

/** A look at every request of a client, including resent ones; it may refuse to let one begin. */
export type Interceptor = Dispatcher.DispatcherComposeInterceptor;

/** Options of the connections to one server. */
export interface TransportOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly connect: Connector;
  /** The maximum number of connections; requests beyond wait. Default: no limit. */
  readonly connections?: number | undefined;
  /** Closes an unused connection after this time, in ms: before the server does. */
  readonly keepAliveMs: number;
  readonly intercept?: readonly Interceptor[] | undefined;
  /** Learns the server's clock from each answer; default: nobody asks for it. */
  readonly clock?: { readonly skew: ClockSkew; readonly now: () => number };
}

/** One request. */
export interface TransportRequest {
  readonly method: Dispatcher.HttpMethod;
  /** Path and query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /**
   * True if `exchange` may send the request a second time, so that it takes effect twice. The server may have
   * closed a pooled connection while nobody used it, which says nothing about its state.
   */
  readonly resend: boolean;
}

/** An answer of any status, with its body still to come. */
export interface TransportAnswer {
  readonly status: number;
  /** Returns a header's first value. */
  header(name: string): string | undefined;
  readonly body: Dispatcher.ResponseData['body'];
}

/**
 * The pooled connections to one server, over HTTP/1.1. It makes them on demand. It follows no redirects, and
 * decompresses nothing. Its errors are those of Node and undici: a client makes its own of them.
 */
export interface Transport {
  /** Sends a request once. The caller has to read the body to its end, destroy it, or abort the signal. */
  send(request: TransportRequest, signal: AbortSignal): Promise<TransportAnswer>;
  /**
   * Sends a request and reads its answer. If the connection breaks on the way and the request may be
   * repeated, it does both once more on a new connection.
   */
  exchange<T>(
    request: TransportRequest,
    signal: AbortSignal,
    read: (answer: TransportAnswer) => Promise<T>,
  ): Promise<T>;
  /** Waits for the running requests and refuses later ones. */
  close(): Promise<void>;
  /** Ends every request and connection. */
  destroy(): Promise<void>;
}

/** The codes of a connection that the server closed or cut off. */
const BROKEN: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** Makes the transport. It opens no connection before the first request. */
export function createTransport(options: TransportOptions): Transport {
  const { origin, connect, connections, keepAliveMs, intercept = [], clock } = options;
  // A caller's deadline covers headers and body. undici's own timeouts would wake the process for each.
  const settings = { connect, allowH2: false, headersTimeout: 0, bodyTimeout: 0 };
  const pool = new Pool(origin, {
    ...settings,
    connections: connections ?? null,
    keepAliveTimeout: keepAliveMs,
  });
  const pooled = pool.compose(...intercept);

  async function sendOn(
    dispatcher: Dispatcher,
    { method, path, headers, body }: TransportRequest,
    signal: AbortSignal,
  ): Promise<TransportAnswer> {
    const sentAt = clock?.now() ?? 0;
    const answer = await dispatcher.request({ method, path, headers, body: body ?? null, signal });
    const header = (name: string) => firstOf(answer.headers[name]);
    clock?.skew.note(header('date'), sentAt);
    return { status: answer.statusCode, header, body: answer.body };
  }

  return {
    send: (request, signal) => sendOn(pooled, request, signal),
    async exchange(request, signal, read) {
      try {
        return await read(await sendOn(pooled, request, signal));
      } catch (error) {
        if (!request.resend || signal.aborted || !BROKEN.has(codeOf(error))) throw error;
      }
      const fresh = new Client(origin, { ...settings, pipelining: 0 });
      try {
        return await read(await sendOn(fresh.compose(...intercept), request, signal));
      } finally {
        await fresh.destroy();
      }
    },
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  };
}

/** Returns the code of a failure, from Node, OpenSSL, undici or an interceptor; '' if it has none. */
export function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === 'string') return code;
  // undici's parser doesn't always say in which way it isn't HTTP.
  return name === 'HTTPParserError' ? 'HPE_INVALID' : '';
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
