import type { Dispatcher } from 'undici';
import { NOT_LEADER } from '../runtime/not-leader-error.ts';
import type { Connection } from './connection.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { KubeError, type KubeErrorKind } from './errors.ts';
import { Silence, untilSilent } from './idle-timeout.ts';
import { BrokenLine, jsonLines } from './json-lines.ts';
import { createPools } from './pools.ts';
import { type About, errorOfStatus } from './status.ts';

export interface KubeRequest extends Partial<About> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** From the root of the API on: "/api/v1/namespaces/shop/secrets". */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default application/json. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** For the whole request; of a stream, until its first byte. Default: the client's. */
  readonly timeoutMs?: number;
  /** The longest answer that is read, in bytes; a longer one fails with `tooLarge`. Default: any. */
  readonly maxBytes?: number;
}

interface KubeStreamRequest extends KubeRequest {
  /** The stream fails when nothing has arrived for this long. */
  readonly idleTimeoutMs: number;
}

/**
 * A way to the API server. A request that fails throws a `KubeError` and nothing else. Nothing is tried again but:
 * once after a 401, with the token read anew, and once a GET whose connection broke (a pooled one may have been
 * closed by the other side at that moment). Retry-After is for the caller to honour.
 */
export interface KubeClient {
  /** Sends a request and gives its parsed answer, undefined where it is empty. */
  request<T>(request: KubeRequest): Promise<T>;
  /** Sends a request and gives the JSON lines of its answer; to stop reading ends the request. */
  stream<T>(request: KubeStreamRequest): AsyncIterable<T>;
  /**
   * How far the local clock is ahead of the API server's, in ms (behind: negative), by the last answer; true to
   * about a second, since a Date header has no more. Undefined before the first answer.
   */
  clockSkewMs(): number | undefined;
  /** Ends every request and connection. */
  close(): Promise<void>;
}

export interface KubeClientOptions {
  readonly userAgent: string;
  /** Each sees every request as it is sent, one that is sent again too. */
  readonly intercept?: readonly Dispatcher.DispatcherComposeInterceptor[];
  /** For each request. Default 30 s. */
  readonly timeoutMs?: number;
  /** The wall clock, in ms since 1970. */
  readonly now?: () => number;
}

const BROKEN_CONNECTION = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
/** The date in an answer that took longer says too little. */
const LONGEST_ROUND_TRIP_MS = 5_000;

/** Makes a client with connections of its own; none is made before the first request. */
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
    if (Number.isNaN(server) || receivedAt - sentAt > LONGEST_ROUND_TRIP_MS) return;
    // The header is cut to a whole second: half of it is the best guess of what is missing.
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

/** The code that Node or undici gives to a failure, '' where there is none. */
function codeOf(error: unknown): string {
  if (error instanceof KubeError || typeof error !== 'object' || error === null || !('code' in error))
    return '';
  return String(error.code);
}

/** @throws KubeError `tooLarge` where it is longer than the request reads; the rest isn't read */
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
