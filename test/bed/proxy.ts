/**
 * An HTTP/1.1 proxy before one server, for tests: it counts requests and makes the faults that a network makes.
 * Bodies stream through as they come (watches), and headers as they are: MinIO's signatures cover the Host that
 * the client sent, which is the proxy's own.
 */
import {
  createServer,
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestHttp,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { faultyStream } from './faulty-stream.ts';
import { withoutLines } from './line-filter.ts';

/** After which part of an answer's body something happens: bytes, or whole lines and half of the next one. */
export type After = { readonly afterBytes: number } | { readonly afterLines: number };

/** The fate of a request. To hold or to delay one, let the hook wait before it answers. */
export type Action =
  | { readonly do: 'pass' }
  /** The connection is reset before anything has been forwarded. */
  | { readonly do: 'reset' }
  /** Forwarded; when the server has answered whole (the write took place), the connection is reset instead. */
  | { readonly do: 'dropAnswer' }
  /** Forwarded; `answered` is told when the server has answered, and the client gets the answer after `until`. */
  | { readonly do: 'holdAnswer'; readonly until: Promise<unknown>; readonly answered?: () => void }
  /**
   * Answered 504 at once, as by a gateway that has waited long enough, and forwarded after `until` all the same: the
   * server finds it in its buffers. `answered` is told the status of its answer, 0 for none. A `silent` one isn't
   * answered at all.
   */
  | {
      readonly do: 'late';
      readonly until: Promise<unknown>;
      readonly answered?: (status: number) => void;
      readonly silent?: boolean;
    }
  /** Forwarded; the answer's lines that match are left out of it. */
  | { readonly do: 'leaveOut'; readonly lines: RegExp }
  /** Answered by the proxy, not forwarded. */
  | {
      readonly do: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string | Buffer;
    }
  /** Forwarded; in the middle of the answer's body the connection is reset. */
  | ({ readonly do: 'cut' } & After)
  /** Forwarded; in the middle of the answer's body nothing comes any more, and the connection stays open. */
  | ({ readonly do: 'hang' } & After);

/** A request as a hook sees it: `n` counts from 1, `path` has the query. */
export interface ProxyRequest {
  readonly n: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The fields of the request's form, as IAM's requests have one; undefined for any other request. */
  readonly form?: URLSearchParams;
}

/** undefined passes the request on. */
export type Hook = (request: ProxyRequest) => Action | undefined | Promise<Action | undefined>;

/** `at` in ms since 1970; `status` as the client was told, so absent until then, and for ever after a reset. */
export interface RequestRecord {
  readonly n: number;
  readonly method: string;
  readonly path: string;
  readonly at: number;
  status?: number;
}

export interface FaultProxy {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  /** Every request since the start, or since `requests.length = 0`. */
  readonly requests: RequestRecord[];
  /** The number of connections that clients have made. */
  readonly connections: number;
  /** Asks the hook about every request from now on; one hook at a time, undefined for none. */
  onRequest(hook: Hook | undefined): void;
  /** Resets every connection and refuses new ones, until `up`. */
  down(): Promise<void>;
  /** Accepts connections again, on the same port. */
  up(): Promise<void>;
  close(): Promise<void>;
}

export type { FaultProxy as Proxy };

/**
 * Starts a proxy on a free port of 127.0.0.1.
 * @param upstream http://HOST:PORT or https://HOST:PORT
 * @param options.ca the certificates to trust, PEM, of an https upstream
 */
export async function startProxy(upstream: string, options: { ca?: string } = {}): Promise<FaultProxy> {
  const { hostname, port, protocol } = new URL(upstream);
  const secure = protocol === 'https:';
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, ca: options.ca })
    : new HttpAgent({ keepAlive: true });
  const requests: RequestRecord[] = [];
  const sockets = new Set<Socket>();
  let hook: Hook | undefined;
  let counted = 0;
  let connections = 0;

  function toUpstream({ method, url, rawHeaders }: IncomingMessage) {
    return (secure ? requestHttps : requestHttp)({
      hostname,
      port,
      agent,
      method,
      path: url,
      headers: rawHeaders,
      setDefaultHeaders: false,
    });
  }

  function forward(
    from: IncomingMessage,
    to: ServerResponse,
    record: RequestRecord,
    action: Action,
    form: Buffer | undefined,
  ): void {
    const onward = toUpstream(from);
    onward.on('response', (answer) => {
      if (action.do === 'dropAnswer') {
        answer.resume().on('end', () => from.socket.resetAndDestroy());
        return;
      }
      const reset = () => from.socket.resetAndDestroy();
      answer.on('error', reset);
      if (action.do === 'holdAnswer') {
        action.answered?.();
        void action.until.then(() => pass(answer));
      } else pass(answer);
    });
    const pass = (answer: IncomingMessage) => {
      record.status = answer.statusCode ?? 0;
      to.writeHead(record.status, answer.rawHeaders);
      to.flushHeaders();
      const reset = () => from.socket.resetAndDestroy();
      if (action.do === 'cut') answer.pipe(faultyStream(action, reset)).pipe(to);
      else if (action.do === 'hang') answer.pipe(faultyStream(action, () => {})).pipe(to);
      else if (action.do === 'leaveOut') answer.pipe(withoutLines(action.lines)).pipe(to);
      else answer.pipe(to);
    };
    onward.on('error', () => from.socket.resetAndDestroy());
    to.on('close', () => onward.destroy());
    from.on('error', () => onward.destroy());
    if (form) onward.end(form);
    else from.pipe(onward);
  }

  async function forwardLate(
    from: IncomingMessage,
    to: ServerResponse,
    record: RequestRecord,
    { until, answered, silent = false }: Extract<Action, { do: 'late' }>,
    form: Buffer | undefined,
  ): Promise<void> {
    const body = form ?? (await buffer(from));
    if (!silent) {
      record.status = 504;
      to.writeHead(record.status).end();
    }
    await until;
    const onward = toUpstream(from);
    onward.on('response', (answer) => {
      answer.resume().on('end', () => answered?.(answer.statusCode ?? 0));
    });
    onward.on('error', () => answered?.(0));
    onward.end(body);
  }

  async function take(from: IncomingMessage, to: ServerResponse): Promise<void> {
    counted += 1;
    const { method = 'GET', url = '/', headers } = from;
    const record: RequestRecord = { n: counted, method, path: url, at: Date.now() };
    requests.push(record);
    const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const form = isForm ? await buffer(from) : undefined;
    const request = { n: record.n, method, path: url, headers };
    const action = (await hook?.({
      ...request,
      ...(form && { form: new URLSearchParams(form.toString()) }),
    })) ?? { do: 'pass' };
    if (action.do === 'reset') {
      from.socket.resetAndDestroy();
    } else if (action.do === 'answer') {
      from.resume();
      record.status = action.status;
      to.writeHead(action.status, { 'content-type': 'application/json', ...action.headers }).end(action.body);
    } else if (action.do === 'late') {
      await forwardLate(from, to, record, action, form);
    } else if (!from.socket.destroyed) {
      forward(from, to, record, action, form);
    }
  }

  const server = createServer((from, to) => {
    take(from, to).catch(() => from.socket.resetAndDestroy());
  });
  // A watch lives for minutes, and what a client does about a silent server is the client's to show.
  server.requestTimeout = 0;
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  });

  const listen = (at: number) =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, '127.0.0.1', () => {
        server.off('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  const down = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.resetAndDestroy();
    });
  const ownPort = await listen(0);

  return {
    url: `http://127.0.0.1:${ownPort}`,
    requests,
    get connections() {
      return connections;
    },
    onRequest(next) {
      hook = next;
    },
    down,
    async up() {
      await listen(ownPort);
    },
    async close() {
      await down();
      agent.destroy();
    },
  };
}
