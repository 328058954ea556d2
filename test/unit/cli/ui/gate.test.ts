import { expect, test } from 'vitest';
import { cookieOf, type RequestHead, refusalOf } from '../../../../src/cli/ui/gate.ts';
import { KEY_HEADER } from '../../../../src/cli/ui/protocol.ts';
import { createSession } from '../../../../src/cli/ui/session.ts';

const PORT = 8100;
const HOST = `127.0.0.1:${PORT}`;
const session = createSession();
const opened = session.redeem(session.token());
if (opened.kind !== 'opened') throw new Error(opened.kind);
const cookie = `${session.cookieName}=${opened.cookie}`;
const own = { host: HOST, cookie, [KEY_HEADER]: opened.key, 'sec-fetch-site': 'same-origin' };
const posted = { ...own, origin: `http://${HOST}`, 'content-type': 'application/json' };

const status = (head: Partial<RequestHead>) =>
  refusalOf({ method: 'GET', path: '/api/keys', headers: own, ...head }, PORT, session)?.status;
const post = (headers: RequestHead['headers']) => status({ method: 'POST', headers });

test('lets in the page itself', () => {
  expect(status({})).toBeUndefined();
  expect(status({ headers: { ...own, host: `localhost:${PORT}` } })).toBeUndefined();
  expect(post(posted)).toBeUndefined();
  expect(status({ path: '/', headers: { host: HOST } })).toBeUndefined();
});

test.each([
  'evil.example:8100',
  '127.0.0.1',
  '127.0.0.1:80',
  'localhost.evil.example:8100',
  '127.0.0.1.nip.io:8100',
  '[::1]:8100',
  '',
])('refuses the host %j on every path', (host) => {
  expect(status({ headers: { ...own, host } })).toBe(421);
  expect(status({ path: '/', headers: { host } })).toBe(421);
});

test.each([
  'http://evil.example',
  'null',
  `https://${HOST}`,
  'http://127.0.0.1:9999',
  `http://localhost:${PORT}`,
])('refuses the origin %j', (origin) => {
  expect(post({ ...posted, origin })).toBe(403);
  expect(status({ headers: { ...own, origin } })).toBe(403);
  expect(status({ path: '/', headers: { host: HOST, origin } })).toBe(403);
});

test('refuses a request that changes something without an origin, and a form', () => {
  const { origin: _, ...without } = posted;
  expect(post(without)).toBe(403);
  expect(post({ ...posted, 'content-type': 'application/x-www-form-urlencoded' })).toBe(415);
  expect(post({ ...posted, 'content-type': 'text/plain' })).toBe(415);
});

test('refuses the API to another site, another port, and an address that somebody typed', () => {
  for (const site of ['cross-site', 'same-site', 'none'])
    expect(status({ headers: { ...own, 'sec-fetch-site': site } })).toBe(403);
});

test('refuses the API without cookie or key', () => {
  expect(status({ headers: { ...own, cookie: undefined } })).toBe(401);
  expect(status({ headers: { ...own, [KEY_HEADER]: undefined } })).toBe(401);
  expect(status({ headers: { ...own, [KEY_HEADER]: 'guess' } })).toBe(401);
  expect(status({ headers: { ...own, cookie: `${cookie}; ${session.cookieName}=x` } })).toBe(401);
});

test('finds a cookie by its whole name', () => {
  expect(cookieOf('a=1; ab=2; b=3', 'ab')).toBe('2');
  expect(cookieOf('xab=2', 'ab')).toBeUndefined();
  expect(cookieOf('ab=2; ab=3', 'ab')).toBeUndefined();
  expect(cookieOf(undefined, 'ab')).toBeUndefined();
});
