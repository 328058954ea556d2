/** The server of the page: on loopback, for one browser, as long as the command runs. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { explain } from '../shell/errors.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { answerFailure, answerJson, answerLines, statusOf } from './answer.ts';
import type { Asset } from './assets.ts';
import { readJson } from './body.ts';
import type { PageStart } from './call.ts';
import { cookieOf, refusalOf } from './gate.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { routeOf } from './routes.ts';
import { createSession } from './session.ts';

/** Options of the server. */
export interface PageOptions {
  readonly kubernetes: Kubernetes;
  readonly start: PageStart;
  readonly assets: Readonly<Record<string, Asset>>;
  /** 0 for a free one. */
  readonly port: number;
  /** Ends the server. */
  readonly signal: AbortSignal;
  /** Called when a browser without the session opens a used link; the session is closed then. */
  readonly onLinkUsedTwice: (newLink: string) => void;
}

/** A running server. */
export interface PageServer {
  /** Opens the page once. */
  readonly link: string;
  /** Resolves when the server has ended. */
  readonly ended: Promise<void>;
}

const HOST = '127.0.0.1';
const NOTHING = { cause: 'there is nothing here' };

/** Starts the server. @throws Error of Node if the port is taken */
export async function startPageServer(options: PageOptions): Promise<PageServer> {
  const { assets, signal } = options;
  const session = createSession();
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => fail(response, error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, HOST, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const link = () => `http://${HOST}:${port}/?token=${session.token()}`;
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  const end = () => {
    server.close();
    server.closeAllConnections();
  };
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  return { link: link(), ended };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', `http://${HOST}`);
    const refused = refusalOf({ method, path, headers }, port, session);
    if (refused) {
      answerFailure(response, refused.status, refused);
      return;
    }
    const token = query.get('token');
    if (path.startsWith('/api/')) await answerApi(request, response, path, query);
    else if (path === '/' && token !== null) open(request, response, token);
    else answerFile(response, method === 'GET' && Object.hasOwn(assets, path) ? assets[path] : undefined);
  }

  function answerFile(response: ServerResponse, asset: Asset | undefined): void {
    if (asset === undefined) {
      answerFailure(response, 404, NOTHING);
      return;
    }
    response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': asset.type });
    response.end(asset.text);
  }

  /** Redeems the token of a link and redirects to the page. Only the page sees the part after #. */
  function open({ headers }: IncomingMessage, response: ServerResponse, token: string): void {
    let location = '/';
    if (!session.hasCookie(cookieOf(headers.cookie, session.cookieName))) {
      const redeemed = session.redeem(token);
      if (redeemed.kind === 'opened') {
        const { cookie, key } = redeemed;
        response.setHeader(
          'set-cookie',
          `${session.cookieName}=${cookie}; HttpOnly; SameSite=Strict; Path=/`,
        );
        location = `/#session=${key}`;
      }
      if (redeemed.kind === 'usedBefore') options.onLinkUsedTwice(link());
    }
    // Without a session the page says how to get one.
    response.writeHead(303, { ...SECURITY_HEADERS, location });
    response.end();
  }

  async function answerApi(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: URLSearchParams,
  ): Promise<void> {
    const found = routeOf(request.method, path);
    if (found === undefined) {
      answerFailure(response, 404, NOTHING);
      return;
    }
    const away = new AbortController();
    response.once('close', () => away.abort());
    const { kubernetes, start } = options;
    const { answer, namespace, name } = found;
    const body = request.method === 'GET' ? undefined : await readJson(request);
    const call = {
      kubernetes,
      start,
      query,
      body,
      namespace,
      name,
      signal: AbortSignal.any([signal, away.signal]),
    };
    const answered = answer(call);
    if (Symbol.asyncIterator in answered) await answerLines(response, answered);
    else answerJson(response, 200, await answered);
  }
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.destroyed || response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const explained = explain(error);
  answerFailure(response, statusOf(explained), explained);
}
