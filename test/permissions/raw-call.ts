/** Signed S3 requests that go out as they are written: no client between cleans a path or refuses a name. */
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { encodePath, encodeQuery, type Query } from '../../src/provider/minio/signing.ts';
import type { Pair } from '../../src/provider/provider.ts';
import { signed as signedHeaders } from './sign.ts';

export interface RawCall {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Decoded, as it is signed. */
  readonly path: string;
  /** The path as it is sent; by default `path`, each component encoded by RFC 3986. */
  readonly sentPath?: string;
  readonly query?: Query;
  readonly body?: string | Buffer;
  /** Signed, if they are x-amz's. */
  readonly headers?: Readonly<Record<string, string>>;
  /** False: the request carries no signature. */
  readonly signed?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Makes what sends requests signed with the pair, and gives whatever the store answers. */
export function rawCalls(endpoint: string, pair: Pair): (call: RawCall) => Promise<RawAnswer> {
  const { host, hostname, port } = new URL(endpoint);
  return ({ method, path, sentPath = encodePath(path), query = [], signed = true, ...call }) => {
    const body = call.body === undefined ? undefined : Buffer.from(call.body);
    const search = query.length > 0 ? `?${encodeQuery(query)}` : '';
    const own = call.headers ?? {};
    const headers = {
      ...(body && {
        'content-length': body.length,
        'content-md5': createHash('md5').update(body).digest('base64'),
      }),
      ...(signed ? signedHeaders({ method, host, path, query, body, headers: own }, pair, Date.now()) : own),
    };
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, method, path: sentPath + search, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  };
}
