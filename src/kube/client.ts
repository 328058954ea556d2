import { cappedBody, UnwantedBody } from '../network/capped-body.ts';
import { createClockSkew } from '../network/clock-skew.ts';
import { type Deadline, startDeadline } from '../network/deadline.ts';
import {
  codeOf,
  type Interceptor,
  type TransportAnswer,
  type TransportRequest,
} from '../network/transport.ts';
import { NOT_LEADER } from '../runtime/not-leader-error.ts';
import type { Connection } from './connection.ts';
import { KubeError, type KubeErrorKind } from './errors.ts';
import { IdleTimeoutError, untilSilent } from './idle-timeout.ts';
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
 * 401, with a newly read token, and a GET once if its connection broke. It retries nothing else, and leaves
 * Retry-After to the caller.
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
  /** The length at which the server's own sentence in an error is cut, in characters; default 300. */
  readonly maxMessageLength?: number;
  /** Interceptors that see every request, including resent ones. */
  readonly intercept?: readonly Interceptor[];
  /** For each request. Default 30 s. */
  readonly timeoutMs?: number;
  /** The wall clock, in ms since 1970. */
  readonly now?: () => number;
}

/** A complete answer, of any status; the text of a stream that began is empty. */
type Answer = Pick<TransportAnswer, 'status' | 'header'> & { readonly text: string };

/** Makes a client with its own connections. It opens none before the first request. */
export function createKubeClient(connection: Connection, options: KubeClientOptions): KubeClient {
  const { userAgent, timeoutMs: defaultTimeoutMs = 30_000, now = Date.now, maxMessageLength } = options;
  const skew = createClockSkew(now);
  const pools = createPools(connection, { intercept: options.intercept, clock: { skew, now } });
  const prefix = connection.server.pathname.replace(/\/$/, '');

  async function prepare(request: KubeRequest, fresh: boolean): Promise<TransportRequest> {
    const { method, path, query, body, contentType = 'application/json' } = request;
    const authorization = await connection.authorization({ fresh });
    return {
      method,
      path: prefix + path + queryString(query),
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...connection.headers,
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-type': contentType }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      resend: method === 'GET',
    };
  }

  /** Sends a request, and after a 401 once more with a newly read token. @throws KubeError for a refusal */
  async function accepted<T extends Answer>(
    request: KubeRequest,
    send: (prepared: TransportRequest) => Promise<T>,
  ): Promise<T> {
    const first = await send(await prepare(request, false));
    const answer = first.status === 401 ? await send(await prepare(request, true)) : first;
    const { status, header, text } = answer;
    if (status < 300) return answer;
    const retryAfter = { header: header('retry-after'), now: now() };
    const about = { ...request, about: aboutOf(request), maxMessageLength };
    throw errorOfStatus(about, status, parsed(text), retryAfter);
  }

  async function once<T>(request: KubeRequest, signal: AbortSignal): Promise<T> {
    const read = async (answer: TransportAnswer) => ({ ...answer, text: await textOf(request, answer) });
    const { status, text } = await accepted(request, (it) => pools.requests.exchange(it, signal, read));
    try {
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } catch {
      throw new KubeError('malformed', `${aboutOf(request)}: ${status} with an answer that is not JSON`, {
        status,
      });
    }
  }

  async function request<T>(request: KubeRequest): Promise<T> {
    const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
    const deadline = startDeadline(request.signal, timeoutMs);
    try {
      return await once<T>(request, deadline.signal);
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
      const { body } = await accepted(request, async (it) => {
        const answer = await pools.streams.send(it, deadline.signal);
        return { ...answer, text: answer.status < 300 ? '' : await answer.body.text() };
      });
      deadline.lift();
      body.setEncoding('utf8');
      const chunks = untilSilent<string>(body, request.idleTimeoutMs);
      for await (const line of jsonLines(chunks)) yield line as T;
    } catch (error) {
      throw failure(request, error, deadline, timeoutMs);
    } finally {
      deadline.end();
    }
  }

  return { request, stream, clockSkewMs: skew.ms, close: pools.close };
}

function failure(request: KubeRequest, error: unknown, deadline: Deadline, timeoutMs: number): KubeError {
  if (error instanceof KubeError) return error;
  const about = aboutOf(request);
  const make = (kind: KubeErrorKind, what: string) => new KubeError(kind, `${about}: ${what}`);
  if (deadline.ended === 'aborted') return make('aborted', 'aborted by the caller');
  if (deadline.ended === 'timeout') return make('timeout', `no answer within ${timeoutMs} ms`);
  if (error instanceof UnwantedBody)
    return make(error.isTooLong ? 'tooLarge' : 'malformed', `the API server ${error.message}`);
  if (error instanceof BrokenLine) return make('malformed', error.message);
  if (error instanceof IdleTimeoutError) return make('idle', error.message);
  const code = codeOf(error);
  if (code === NOT_LEADER) return make('fenced', (error as Error).message);
  const what = code === 'UND_ERR_SOCKET' || code === '' ? String((error as Error).message) : code;
  return make('unreachable', `the API server could not be reached (${what})`);
}

async function textOf({ maxBytes }: KubeRequest, answer: TransportAnswer): Promise<string> {
  if (maxBytes === undefined) return answer.body.text();
  return Buffer.concat(await Array.fromAsync(cappedBody(answer, maxBytes))).toString('utf8');
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
