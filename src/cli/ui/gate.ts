/** The decision whether a request is served, by its head alone, before its body is read. */
import type { IncomingHttpHeaders } from 'node:http';
import { KEY_HEADER } from './protocol.ts';
import type { PageSession } from './session.ts';

/** The head of a request. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A refusal; `undefined` lets a request in. */
export interface Refused {
  readonly status: 401 | 403 | 415 | 421;
  readonly cause: string;
}

/** Returns the hosts that the page is reached by. A name of DNS, which could be rebound, is none. */
function hostsOf(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`];
}

/**
 * Checks that a request is for this server, not for a name that was rebound to it, and that no other page
 * sent it. The API needs the session too, and JSON in the body, which no form of another page can send.
 */
export function refusalOf(
  { method, path, headers }: RequestHead,
  port: number,
  session: PageSession,
): Refused | undefined {
  const { host = '', origin, cookie } = headers;
  if (!hostsOf(port).includes(host)) return { status: 421, cause: 'this server answers to 127.0.0.1 alone' };
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, cause: 'another page sent this request' };
  const isApi = path.startsWith('/api/');
  const site = headers['sec-fetch-site'];
  // A link from elsewhere may show the page, which shows nothing without the session.
  if (isApi && site !== undefined && site !== 'same-origin')
    return { status: 403, cause: 'another page sent this request' };
  if (!isApi) return undefined;
  if (method !== 'GET') {
    if (origin === undefined) return { status: 403, cause: 'the request does not say which page sent it' };
    if (headers['content-type'] !== 'application/json')
      return { status: 415, cause: 'the body is not application/json' };
  }
  const key = headers[KEY_HEADER];
  const shown = {
    cookie: cookieOf(cookie, session.cookieName),
    key: typeof key === 'string' ? key : undefined,
  };
  return session.admits(shown) ? undefined : { status: 401, cause: 'this browser has not opened the page' };
}

/** Returns the value of a cookie; undefined if it isn't there, or there twice. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}
