/** Requests to the store, signed with a key's own pair, none of which changes anything. */
import { type Connection, createConnection } from '../../provider/connection.ts';
import { createSigner, encodePath, encodeQuery, type Query } from '../../provider/minio/signing.ts';
import type { Pair } from '../../provider/provider.ts';

/** Options of a client of S3. */
export interface S3Options {
  readonly endpoint: string;
  readonly region: string;
  readonly pair: Pair;
  readonly caBundle?: string | undefined;
  /** By which the endpoint is reached; undefined: directly. */
  readonly proxy: URL | undefined;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

interface S3Answer {
  readonly status: number;
  readonly text: string;
}

/** A client of S3 that signs with one pair. */
export interface S3 {
  send(method: 'GET' | 'PUT', path: string, query?: Query): Promise<S3Answer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 15_000;
const MAX_ANSWER = 16 * 1024 * 1024;

/** Opens no connection before the first request. @throws StoreError for an endpoint or a CA that isn't one */
export function createS3({ endpoint, region, pair, caBundle, proxy, signal, now }: S3Options): S3 {
  const connection: Connection = createConnection({
    endpoint,
    proxy,
    ...(caBundle !== undefined && { caBundle }),
  });
  const sign = createSigner(pair, region);
  return {
    async send(method, path, query = []) {
      const { authorization, ...headers } = sign({ method, host: connection.host, path, query }, now());
      const { status, body } = await connection.request({
        method,
        target: `${encodePath(path)}${query.length > 0 ? '?' : ''}${encodeQuery(query)}`,
        headers: { ...headers, authorization, ...(method === 'PUT' && { 'content-length': '0' }) },
        purpose: 'try the key at the store',
        timeoutMs: TIMEOUT_MS,
        maxAnswerBytes: MAX_ANSWER,
        signal,
      });
      return { status, text: body.toString('utf8') };
    },
    close: connection.close,
  };
}
