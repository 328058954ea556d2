import { createHmac, hash } from 'node:crypto';
import type { Pair } from '../provider.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 's3';
const TERMINATOR = 'aws4_request';
/** The signed headers, in the order of the signature. */
const SIGNED = 'host;x-amz-content-sha256;x-amz-date';
const EMPTY_BODY = sha256('');
/** The characters that are never encoded (RFC 3986, 2.3). */
const UNRESERVED = /^[A-Za-z0-9._~-]*$/;

/** The parameters of a query, not encoded, in any order. */
export type Query = readonly (readonly [name: string, value: string])[];

/** The signed parts of a request. `path` and `query` aren't encoded yet. */
export interface SignableRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** As in the Host header: with the port, unless it is the scheme's default. */
  readonly host: string;
  readonly path: string;
  readonly query: Query;
  readonly body?: Buffer;
}

/** The headers of a signed request. The signature covers all of them except `authorization`. */
interface SignedHeaders {
  readonly host: string;
  readonly 'x-amz-date': string;
  readonly 'x-amz-content-sha256': string;
  readonly authorization: string;
}

/** A function that signs a request for the moment `now`, in ms since 1970. */
export type Signer = (request: SignableRequest, now: number) => SignedHeaders;

/**
 * Makes a signer by AWS Signature Version 4, in headers, for the service `s3` (AWS Signature Version 4 for
 * API requests, "Create a signed AWS API request"). The signature depends only on the arguments. The signer
 * caches the day's signing key.
 */
export function createSigner(credentials: Pair, region: string): Signer {
  let kept: { day: string; key: Buffer } | undefined;
  const keyOf = (day: string): Buffer => {
    if (kept?.day !== day) kept = { day, key: signingKey(credentials.secretAccessKey, day, region) };
    return kept.key;
  };
  return (request, now) => {
    const time = amzDate(now);
    const day = time.slice(0, 8);
    const bodyHash = request.body ? sha256(request.body) : EMPTY_BODY;
    const canonical = [
      request.method,
      encodePath(request.path),
      encodeQuery(request.query),
      `host:${request.host}`,
      `x-amz-content-sha256:${bodyHash}`,
      `x-amz-date:${time}`,
      '',
      SIGNED,
      bodyHash,
    ].join('\n');
    const scope = [day, region, SERVICE, TERMINATOR].join('/');
    const toSign = [ALGORITHM, time, scope, sha256(canonical)].join('\n');
    const signature = hmac(keyOf(day), toSign).toString('hex');
    const credential = `${credentials.accessKeyId}/${scope}`;
    return {
      host: request.host,
      'x-amz-content-sha256': bodyHash,
      'x-amz-date': time,
      authorization: `${ALGORITHM} Credential=${credential}, SignedHeaders=${SIGNED}, Signature=${signature}`,
    };
  };
}

/**
 * Encodes a query for signing and sending, by RFC 3986 (a space is `%20`) and in the order of its encoded
 * form.
 */
export function encodeQuery(query: Query): string {
  return query
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Encodes each component of a path by RFC 3986, for signing and sending. */
export function encodePath(path: string): string {
  return path.split('/').map(encode).join('/');
}

function encode(text: string): string {
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Formats a time in ms since 1970 for the header `x-amz-date`: `20261123T113000Z`. */
export function amzDate(now: number): string {
  return new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function signingKey(secret: string, day: string, region: string): Buffer {
  return [day, region, SERVICE, TERMINATOR].reduce(hmac, Buffer.from(`AWS4${secret}`));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(data: Buffer | string): string {
  return hash('sha256', data, 'hex');
}
