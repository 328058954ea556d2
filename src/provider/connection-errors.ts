import { StoreError } from './errors.ts';

const CONNECTION_CODES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'refuses connections'],
  ['ENOTFOUND', 'has a host name that cannot be resolved'],
  ['EAI_AGAIN', 'has a host name that cannot be resolved now'],
  ['ECONNRESET', 'cut the connection off'],
  ['EPIPE', 'cut the connection off'],
  ['UND_ERR_SOCKET', 'cut the connection off'],
  ['ETIMEDOUT', 'cannot be reached in time'],
  [
    'UND_ERR_CONNECT_TIMEOUT',
    'did not finish connecting in time: it takes no connection, or hangs in the TLS handshake',
  ],
  ['EHOSTUNREACH', 'cannot be reached'],
  ['ENETUNREACH', 'cannot be reached'],
  ['UND_ERR_HEADERS_OVERFLOW', 'answered with too many headers'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'has a certificate for another host name'],
  ['CERT_HAS_EXPIRED', 'has a certificate that has expired'],
  ['CERT_NOT_YET_VALID', 'has a certificate that is not valid yet'],
]);

/** The code of an interceptor that doesn't let a write begin. */
const NOT_LEADER = 'ERR_NOT_LEADER';

const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_|CERT_|ISSUER/;

/** OpenSSL's codes for an answer that isn't TLS at all. */
const PLAIN_HTTP = /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNKNOWN_PROTOCOL|HTTP_REQUEST)$/;

const NO_TLS = /^ERR_SSL_|^EPROTO$/;

/** See network/tunnel.ts. */
const PROXY = /^ERR_PROXY_/;

const NO_HTTP = /^HPE_/;

/**
 * Makes the error of a request without a complete answer. `ended` is `aborted` for the caller's signal,
 * `timeout`, or the code from Node, OpenSSL, undici or an interceptor. It never attaches the original error,
 * since a parser's error holds what the server sent.
 */
export function connectionFailure(
  purpose: string,
  endpoint: string,
  ended: string,
  timeoutMs: number,
): StoreError {
  if (ended === 'aborted') return new StoreError('aborted', `could not ${purpose}: it was given up`);
  if (ended === NOT_LEADER) {
    return new StoreError('fenced', `could not ${purpose}: this process does not lead`);
  }
  if (ended === 'UND_ERR_CLOSED' || ended === 'UND_ERR_DESTROYED') {
    return new StoreError('aborted', `could not ${purpose}: the connections to ${endpoint} were closed`);
  }
  const why =
    ended === 'timeout'
      ? `did not answer within ${timeoutMs / 1000} s`
      : (CONNECTION_CODES.get(ended) ?? guess(ended));
  return new StoreError('unreachable', `could not ${purpose}: ${endpoint} ${why}`);
}

function guess(code: string): string {
  if (PROXY.test(code)) {
    return `is not reached by the operator's proxy (${code}): correct HTTPS_PROXY or HTTP_PROXY of the operator, or add the host to NO_PROXY`;
  }
  if (NO_HTTP.test(code)) return `does not speak HTTP (${code})`;
  if (PLAIN_HTTP.test(code))
    return `answers without TLS (${code}): write http:// and allowInsecure: true in the store's spec, or switch TLS on there`;
  if (NO_TLS.test(code)) return `does not speak TLS as it should (${code})`;
  if (UNTRUSTED.test(code)) return `has a certificate that is not trusted (${code})`;
  return code === '' ? 'could not be asked' : `could not be asked (${code})`;
}
