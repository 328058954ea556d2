import { cappedBody, UnwantedBody } from '../network/capped-body.ts';
import { createConnector } from '../network/connector.ts';
import { startDeadline } from '../network/deadline.ts';
import {
  codeOf,
  createTransport,
  type Interceptor,
  type TransportAnswer,
  type TransportRequest,
} from '../network/transport.ts';
import { certificatesIn } from './ca-certificates.ts';
import { connectionFailure } from './connection-errors.ts';
import { StoreError } from './errors.ts';
import { lookupFor } from './lookup.ts';

/** The default number of connections. */
const CONNECTIONS = 16;
/**
 * Longer than the time between the policy checks of a few keys. MinIO closes unused connections after 30 s.
 */
const KEEP_ALIVE_MS = 20_000;
const MAX_ERROR_BYTES = 64 * 1024;

/** Options of a connection to a store. */
export interface ConnectionOptions {
  /** Scheme, host and port. */
  readonly endpoint: string;
  /** The only authorities to trust, in PEM; default: those of the runtime. */
  readonly caBundle?: string;
  /** Interceptors that see every request, including resent ones. */
  readonly intercept?: readonly Interceptor[] | undefined;
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
}

/** One request. */
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
   * True if the connection may send it twice, so it has to be idempotent: the server may have closed an idle
   * connection. Default: true.
   */
  readonly resend?: boolean;
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
  /** The name that the server gives itself. */
  readonly server: string | undefined;
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
  /** Waits for the running requests and refuses later ones. */
  close(): Promise<void>;
}

/**
 * Makes the connections to an endpoint. A user chose it, so answers are capped and never decompressed. Each
 * request has one deadline for all of it.
 * @throws StoreError of kind `invalid` for an invalid endpoint or CA bundle
 */
export function createConnection(options: ConnectionOptions): Connection {
  const { origin, host } = parseEndpoint(options.endpoint);
  const transport = createTransport({
    origin,
    connect: createConnector({
      tls: {
        // Set explicitly, so that an environment variable of Node can't switch it off.
        rejectUnauthorized: true,
        ...(options.caBundle !== undefined && { ca: parseCaBundle(options.caBundle) }),
      },
      timeoutMs: options.connectTimeoutMs,
      lookup: lookupFor(options.owner ?? host),
      proxy: options.proxy,
    }),
    connections: options.connections ?? CONNECTIONS,
    keepAliveMs: KEEP_ALIVE_MS,
    intercept: options.intercept,
  });

  return {
    host,
    close: transport.close,
    request: async (request) => {
      const deadline = startDeadline(request.signal, request.timeoutMs);
      const { signal } = deadline;
      try {
        return await transport.exchange(sent(request), signal, (answer) =>
          readAnswer(request, answer, signal),
        );
      } catch (error) {
        if (error instanceof StoreError) throw error;
        const { purpose, timeoutMs } = request;
        if (error instanceof UnwantedBody)
          throw new StoreError('unreachable', `could not ${purpose}: ${origin} ${error.message}`);
        throw connectionFailure(purpose, origin, deadline.ended ?? codeOf(error), timeoutMs);
      } finally {
        deadline.end();
      }
    },
  };
}

function sent({ method, target, headers, body, resend = true }: HttpRequest): TransportRequest {
  return { method, path: target, headers: { ...headers, 'accept-encoding': 'identity' }, body, resend };
}

async function readAnswer(
  { consume, maxAnswerBytes }: HttpRequest,
  answer: TransportAnswer,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { status, header } = answer;
  const head = { status, contentType: header('content-type') ?? '', server: header('server') };
  const retryAfter = header('retry-after');
  if (consume && status >= 200 && status <= 299) {
    await consume(head, cappedBody(answer, maxAnswerBytes), signal);
    return { ...head, retryAfter, body: Buffer.alloc(0) };
  }
  // A body that `consume` reads may be long; an error may not.
  const maxBytes = consume ? Math.min(maxAnswerBytes, MAX_ERROR_BYTES) : maxAnswerBytes;
  return { ...head, retryAfter, body: Buffer.concat(await Array.fromAsync(cappedBody(answer, maxBytes))) };
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
