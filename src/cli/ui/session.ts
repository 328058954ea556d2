/** The one session of a page: a token that works once, then a cookie and a key that go together. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The halves of a session that a browser shows. */
interface SessionProof {
  readonly cookie: string | undefined;
  readonly key: string | undefined;
}

/** The outcome of a token. */
type Redemption =
  | { readonly kind: 'opened'; readonly cookie: string; readonly key: string }
  | { readonly kind: 'wrong' }
  /** The token was used before: the session is closed, and a new token opens the next one. */
  | { readonly kind: 'usedBefore' };

/** The session of one page. */
export interface PageSession {
  readonly cookieName: string;
  /** The token that opens the session next; it goes into a link. */
  token(): string;
  redeem(token: string): Redemption;
  /** True if the browser has opened the page: it needs no token. */
  hasCookie(cookie: string | undefined): boolean;
  /** True if the browser has cookie and key. */
  admits(shown: SessionProof): boolean;
}

/**
 * Makes a session. Cookies don't tell ports apart, so a browser shows this one to every server on 127.0.0.1.
 * The key is in no cookie: the page keeps it by its origin, port included, and sends it with each request. A
 * token that is used again closes the session, since one of the two who used it is a stranger.
 */
export function createSession(random: (bytes: number) => Buffer = randomBytes): PageSession {
  const secret = () => random(32).toString('base64url');
  const cookieName = `accesskey-${random(6).toString('hex')}`;
  const spent = new Set<string>();
  let token = secret();
  let open: { readonly cookie: string; readonly key: string } | undefined;
  const hasCookie = (cookie: string | undefined) => open !== undefined && same(cookie, open.cookie);
  return {
    cookieName,
    token: () => token,
    redeem(given) {
      if ([...spent].some((one) => same(given, one))) {
        open = undefined;
        return { kind: 'usedBefore' };
      }
      if (!same(given, token)) return { kind: 'wrong' };
      spent.add(token);
      token = secret();
      open = { cookie: secret(), key: secret() };
      return { kind: 'opened', ...open };
    },
    hasCookie,
    admits: ({ cookie, key }) => hasCookie(cookie) && open !== undefined && same(key, open.key),
  };
}

/** Compares two texts in constant time. */
function same(given: string | undefined, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(expected));
}
