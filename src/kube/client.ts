import type { Dispatcher } from 'undici';
import { NOT_LEADER } from '../runtime/not-leader-error.ts';
import type { Connection } from './connection.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { KubeError, type KubeErrorKind } from './errors.ts';
import { Silence, untilSilent } from './idle-timeout.ts';
import { BrokenLine, jsonLines } from './json-lines.ts';
import { createPools } from './pools.ts';
import { type About, errorOfStatus } from './status.ts';

/** One request to the API server. */
export interface KubeRequest extends Partial<About> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** The path from the root of the API: "/api/v1/namespaces/shop/secrets". */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** The client sends it as JSON. */
  readonly body?: unknown;
  /** Default application/json. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** For the whole request; for a stream, until its first byte. Default: the client's. */
  readonly timeoutMs?: number;
  /** The maximum size of an answer, in bytes; a longer one fails with `tooLarge`. Default: no limit. */
  readonly maxBytes?: number;
}

interface KubeStreamRequest extends KubeRequest {
  /** The stream fails when nothing has arrived for this long. */
  readonly idleTimeoutMs: number;
}

/**
 * A client of the API server. A failed request always throws a `KubeError`. The client retries once after a
 * 401, with a newly read token. It retries a GET once if its connection broke, since the server may have
 * closed a pooled one at that moment. It retries nothing else, and leaves Retry-After to the caller.
 */
export interface KubeClient {
  /** Sends a request and returns its parsed answer, undefined for an empty one. */
  request<T>(request: KubeRequest): Promise<T>;
  /** Sends a request and yields the JSON lines of its answer. Ending the iteration ends the request. */
  stream<T>(request: KubeStreamRequest): AsyncIterable<T>;
  /**
   * Returns how far the local clock is ahead of the API server's, in ms (negative if behind), by the last
   * answer. A Date header limits the precision to about a second. Returns undefined before the first answer.
   */
  clockSkewMs(): number | undefined;
  /** Ends every request and connection. */
  close(): Promise<void>;
}

/** Options of a client of the API server. */
export interface KubeClientOptions {
  readonly userAgent: string;
  /** Interceptors that see every request, including resent ones. */
  readonly intercept?: readonly Dispatcher.DispatcherComposeInterceptor[];
  /** For each request. Default 30 s. */
  readonly timeoutMs?: number;
  /** The wall clock, in ms since 1970. */
  readonly now?: () => number;
}

const BROKEN_CONNECTION = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
/** The longest round trip whose Date header is precise enough. */
const MAX_ROUND_TRIP_MS = 5_000;

/** Makes a client with its own connections. It opens none before the first request. */
export function createKubeClient(connection: Connection, options: KubeClientOptions): KubeClient {
  const { userAgent, timeoutMs: defaultTimeoutMs = 30_000, now = Date.now } = options;
  const pools = createPools(connection, options.intercept);
  const prefix = connection.server.pathname.replace(/\/$/, '');
  let skewMs: number | undefined;

  async function send(
    pool: Dispatcher,
    { method, path, query, body, contentType = 'application/json' }: KubeRequest,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    for (let fresh = false; ; fresh = true) {
      const authorization = await connection.authorization({ fresh });
      const sentAt = now();
      const response = await pool.request({
        origin: connection.server.origin,
        path: prefix + path + queryString(query),
        method,
        headers: {
          accept: 'application/json',
          'user-agent': userAgent,
          ...connection.headers,
          ...(authorization !== undefined && { authorization }),
          ...(body !== undefined && { 'content-type': contentType }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      noteSkew(response.headers['date'], sentAt, now());
      if (response.statusCode !== 401 || fresh) return response;
      await response.body.dump();
    }
  }

  function noteSkew(date: string | string[] | undefined, sentAt: number, receivedAt: number): void {
    const server = Date.parse(String(date));
    if (Number.isNaN(server) || receivedAt - sentAt > MAX_ROUND_TRIP_MS) return;
    // The header drops the fraction of a second. Half a second is the best guess for it.
    skewMs = (sentAt + receivedAt) / 2 - (server + 500);
  }

  async function once<T>(request: KubeRequest, deadline: Deadline): Promise<T> {
    const response = await send(pools.requests, request, deadline.signal);
    const text = await textOf(request, response);
    const status = response.statusCode;
    if (status >= 300) throw refusal(request, response, text);
    try {
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } catch {
      throw new KubeError('malformed', `${aboutOf(request)}: ${status} with an answer that is not JSON`, {
        status,
      });
    }
  }

  function refusal(
    request: KubeRequest,
    { statusCode, headers }: Dispatcher.ResponseData,
    text: string,
  ): KubeError {
    const header = headers['retry-after'];
    const retryAfter = { header: Array.isArray(header) ? header[0] : header, now: now() };
    return errorOfStatus({ ...request, about: aboutOf(request) }, statusCode, parsed(text), retryAfter);
  }

  async function request<T>(request: KubeRequest): Promise<T> {
    const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
    const deadline = startDeadline(request.signal, timeoutMs);
    try {
      try {
        return await once<T>(request, deadline);
      } catch (error) {
        if (request.method !== 'GET' || deadline.signal.aborted || !BROKEN_CONNECTION.has(codeOf(error)))
          throw error;
        return await once<T>(request, deadline);
      }
    } catch (error) {
      throw failure(request, error, deadline, timeoutMs);
    } finally {
      deadline.end();
    }
  }

  async function* stream<T>(request: KubeStreamRequest): AsyncGenerator<T, void> {
    const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
    const deadline = startDeadline(request.signal, timeoutMs);
    try {
      const response = await send(pools.streams, request, deadline.signal);
      if (response.statusCode >= 300) throw refusal(request, response, await response.body.text());
      deadline.lift();
      response.body.setEncoding('utf8');
      const chunks = untilSilent<string>(response.body, request.idleTimeoutMs);
      for await (const line of jsonLines(chunks)) yield line as T;
    } catch (error) {
      throw failure(request, error, deadline, timeoutMs);
    } finally {
      deadline.end();
    }
  }

  return { request, stream, clockSkewMs: () => skewMs, close: () => pools.close() };
}

function failure(request: KubeRequest, error: unknown, deadline: Deadline, timeoutMs: number): KubeError {
  if (error instanceof KubeError) return error;
  const about = aboutOf(request);
  const make = (kind: KubeErrorKind, what: string) => new KubeError(kind, `${about}: ${what}`);
  if (request.signal?.aborted) return make('aborted', 'aborted by the caller');
  if (deadline.signal.aborted) return make('timeout', `no answer within ${timeoutMs} ms`);
  if (error instanceof BrokenLine) return make('malformed', error.message);
  if (error instanceof Silence) return make('idle', error.message);
  const code = codeOf(error);
  if (code === NOT_LEADER) return make('fenced', (error as Error).message);
  const what = code === 'UND_ERR_SOCKET' || code === '' ? String((error as Error).message) : code;
  return make('unreachable', `the API server could not be reached (${what})`);
}

/** Returns the code that Node or undici gives to a failure, '' where there is none. */
function codeOf(error: unknown): string {
  if (error instanceof KubeError || typeof error !== 'object' || error === null || !('code' in error))
    return '';
  return String(error.code);
}

/**
 * Reads the body as text.
 * @throws KubeError `tooLarge` once the body exceeds the request's maximum; the rest stays unread
 */
async function textOf(request: KubeRequest, { body }: Dispatcher.ResponseData): Promise<string> {
  const { maxBytes } = request;
  if (maxBytes === undefined) return body.text();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes)
      throw new KubeError('tooLarge', `${aboutOf(request)}: an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function aboutOf({ about, method, path }: KubeRequest): string {
  return about ?? `${method} ${path}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function queryString(query: KubeRequest['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? '' : `?${search}`;
}
