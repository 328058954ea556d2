import { buildConnector, Client, type Dispatcher, Pool } from 'undici';
import { throughProxy } from '../../network/tunnel.ts';
import { certificatesIn } from '../ca-certificates.ts';
import { StoreError } from '../errors.ts';
import { connectionFailure } from './connection-errors.ts';
import { lookupFor } from './lookup.ts';

/** The default number of connections. More gain nothing with a server nearby, which writes under one lock. */
const CONNECTIONS = 16;
/**
 * For TCP and TLS together. It is shorter than any request's deadline, so that a failure tells which of them
 * it was.
 */
const CONNECT_TIMEOUT_MS = 10_000;
/**
 * Longer than the time between the policy checks of a few keys. MinIO closes unused connections after 30 s.
 */
const KEEP_ALIVE_MS = 20_000;
const MAX_ERROR_BYTES = 64 * 1024;
/** The codes of a server that closed an idle connection. */
const CLOSED_WHILE_IDLE = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** Options of a connection to a store. */
export interface ConnectionOptions {
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** The only authorities to trust, in PEM; default: those of the runtime. */
  readonly caBundle?: string;
  /** Interceptors that see every request, including resent ones. */
  readonly intercept?: readonly Dispatcher.DispatcherComposeInterceptor[] | undefined;
  /** The maximum number of connections; requests beyond wait. Default 16. */
  readonly connections?: number | undefined;
  /**
   * The owner of the endpoint, who chose it. An owner has one lookup of a host name at a time. Default: the
   * host.
   */
  readonly owner?: string | undefined;
  /** The longest time to connect, including TLS. Default 10 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** By which the endpoint is reached; default: directly. */
  readonly proxy?: URL | undefined;
  readonly now: () => number;
}

/** One request. The connection may send it twice, so it has to be idempotent. */
export interface HttpRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Path and query, encoded. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** The intention, for the message of a failure: `could not <purpose>`. */
  readonly purpose: string;
  /** From the call to the last byte of the answer, including the wait for a free connection. */
  readonly timeoutMs: number;
  readonly maxAnswerBytes: number;
  /**
   * Reads the body of a success as it arrives; the answer's `body` is then empty. A resent request calls it
   * again. The signal aborts with the request's deadline. `consume` may stop before the end, which closes the
   * connection.
   */
  readonly consume?: (head: AnswerHead, chunks: AsyncIterable<Buffer>, signal: AbortSignal) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** The beginning of an answer, before its body. */
export interface AnswerHead {
  readonly status: number;
  readonly contentType: string;
}

/** A complete answer, of any status. */
export interface HttpAnswer extends AnswerHead {
  /** The server's value, uncapped. */
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
}

/** The connections to one endpoint. */
export interface Connection {
  /** As in a Host header. */
  readonly host: string;
  /**
   * Sends a request. Returns any complete answer, with any status. @throws StoreError of kind `unreachable`
   * or `aborted`
   */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * Returns the endpoint's clock minus the local one, by the last answer's Date; undefined before the first.
   */
  clockSkewMs(): number | undefined;
  /** Waits for the running requests and refuses later ones. */
  close(): Promise<void>;
}

/**
 * Makes connections on demand, over HTTP/1.1, and keeps them. A user chose the endpoint. The connection
 * therefore follows no redirects, caps answers and never decompresses them. Each request has one deadline for
 * all of it.
 * @throws StoreError of kind `invalid` for an invalid endpoint or CA bundle
 */
export function createConnection(options: ConnectionOptions): Connection {
  const { origin, host } = parseEndpoint(options.endpoint);
  const tls = {
    // Set explicitly, so that an environment variable of Node can't switch it off.
    rejectUnauthorized: true,
    ...(options.caBundle !== undefined && { ca: parseCaBundle(options.caBundle) }),
  };
  // The deadline of `request` covers headers and body, but not the making of a connection. An aborted request
  // leaves its connection in the pool, which would wait for the endpoint forever without this time limit.
  const timeout = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const { proxy } = options;
  const connect =
    proxy === undefined
      ? { ...tls, timeout, lookup: lookupFor(options.owner ?? host) }
      : throughProxy(proxy, buildConnector({ ...tls, timeout, allowH2: false }), timeout);
  const settings = { allowH2: false, headersTimeout: 0, bodyTimeout: 0, connect };
  const { intercept = [] } = options;
  const pool = new Pool(origin, {
    ...settings,
    connections: options.connections ?? CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  const pooled = pool.compose(...intercept);
  let skewMs: number | undefined;

  async function exchange(
    dispatcher: Dispatcher,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const { statusCode, headers, body } = await dispatcher.request({
      method: request.method,
      path: request.target,
      headers: { ...request.headers, 'accept-encoding': 'identity' },
      body: request.body ?? null,
      signal,
    });
    const date = Date.parse(single(headers['date']) ?? '');
    // A Date drops the fraction of its second. Half a second is the middle.
    if (!Number.isNaN(date)) skewMs = date + 500 - options.now();
    const head = { status: statusCode, contentType: single(headers['content-type']) ?? '' };
    const retryAfter = single(headers['retry-after']);
    const { consume, maxAnswerBytes } = request;
    if (consume && statusCode >= 200 && statusCode <= 299) {
      await consume(head, readChunks(request, maxAnswerBytes, headers, body), signal);
      return { ...head, retryAfter, body: Buffer.alloc(0) };
    }
    // A body that `consume` reads may be long; an error may not.
    const maxBytes = consume ? Math.min(maxAnswerBytes, MAX_ERROR_BYTES) : maxAnswerBytes;
    const chunks = await Array.fromAsync(readChunks(request, maxBytes, headers, body));
    return { ...head, retryAfter, body: Buffer.concat(chunks) };
  }

  /**
   * Sends the request again on a new connection if the pooled one was closed. The server may have closed an
   * idle connection, which says nothing about its state.
   */
  async function exchangeOrAgain(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    try {
      return await exchange(pooled, request, signal);
    } catch (error) {
      if (signal.aborted || !CLOSED_WHILE_IDLE.has(codeOf(error))) throw error;
    }
    const fresh = new Client(origin, { ...settings, pipelining: 0 });
    try {
      return await exchange(fresh.compose(...intercept), request, signal);
    } finally {
      await fresh.destroy();
    }
  }

  return {
    host,
    clockSkewMs: () => skewMs,
    close: () => pool.close(),
    request: async (request) => {
      const ending = new AbortController();
      const abort = () => ending.abort();
      const late = () => ending.abort(new Error(`no answer within ${request.timeoutMs} ms`));
      const timer = setTimeout(late, request.timeoutMs);
      request.signal?.addEventListener('abort', abort, { once: true });
      try {
        if (request.signal?.aborted) abort();
        return await exchangeOrAgain(request, ending.signal);
      } catch (error) {
        if (error instanceof StoreError) throw error;
        const ended = request.signal?.aborted ? 'aborted' : ending.signal.aborted ? 'timeout' : codeOf(error);
        throw connectionFailure(request.purpose, origin, ended, request.timeoutMs);
      } finally {
        clearTimeout(timer);
        request.signal?.removeEventListener('abort', abort);
      }
    },
  };

  async function* readChunks(
    request: HttpRequest,
    maxBytes: number,
    headers: Dispatcher.ResponseData['headers'],
    body: Dispatcher.ResponseData['body'],
  ): AsyncGenerator<Buffer, void, undefined> {
    const refuse = (why: string): StoreError => {
      // Close the connection, since nobody reads the rest of the answer.
      body.on('error', () => {}).destroy();
      return new StoreError('unreachable', `could not ${request.purpose}: ${origin} ${why}`);
    };
    const encoding = single(headers['content-encoding']);
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
      throw refuse('answered with a compressed body, which was not asked for');
    }
    const tooLong = `answered with more than ${maxBytes} bytes`;
    if (Number(single(headers['content-length'])) > maxBytes) throw refuse(tooLong);
    let length = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw refuse(tooLong);
      yield chunk;
    }
  }
}

function parseEndpoint(endpoint: string): { origin: string; host: string } {
  const url = URL.parse(endpoint);
  const bare =
    url !== null && url.pathname === '/' && `${url.search}${url.hash}${url.username}${url.password}` === '';
  if (!bare || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new StoreError(
      'invalid',
      'the endpoint must be a scheme, http or https, a host and perhaps a port',
    );
  }
  return { origin: url.origin, host: url.host };
}

function parseCaBundle(pem: string): string[] {
  const certificates = certificatesIn(pem);
  if (!certificates) throw new StoreError('invalid', 'the CA bundle holds a certificate that cannot be read');
  if (certificates.length === 0) throw new StoreError('invalid', 'the CA bundle holds no certificate in PEM');
  return certificates;
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string') return code;
  // undici's parser doesn't always say in which way it isn't HTTP.
  return name === 'HTTPParserError' ? 'HPE_INVALID' : '';
}
