/** Signs S3 requests with all their x-amz headers, which VersityGW and Ceph ask for. */
import { createHash, createHmac } from 'node:crypto';
import { amzDate, encodePath, encodeQuery, type Query } from '../../src/provider/minio/signing.ts';
import type { Pair } from '../../src/provider/provider.ts';

interface ToSign {
  readonly method: string;
  readonly host: string;
  /** Decoded. */
  readonly path: string;
  readonly query: Query;
  readonly body: Buffer | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

const REGION = 'us-east-1';
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest();

/** Returns the headers of the request, signed by AWS Signature Version 4. Other headers than x-amz's aren't signed. */
export function signed(request: ToSign, pair: Pair, now: number): Record<string, string> {
  const { method, host, path, query, body = '', headers } = request;
  const date = amzDate(now);
  const hash = sha256(body);
  const own = { host, 'x-amz-content-sha256': hash, 'x-amz-date': date };
  const covered = Object.entries({ ...own, ...headers })
    .filter(([name]) => name === 'host' || name.startsWith('x-amz-'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const names = covered.map(([name]) => name).join(';');
  const lines = covered.map(([name, value]) => `${name}:${value}`);
  const canonical = [method, encodePath(path), encodeQuery(query), ...lines, '', names, hash].join('\n');
  const scope = [date.slice(0, 8), REGION, 's3', 'aws4_request'];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${pair.secretAccessKey}`);
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const signature = hmac(key, text).toString('hex');
  const credential = `${pair.accessKeyId}/${scope.join('/')}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...own, ...headers, authorization };
}
