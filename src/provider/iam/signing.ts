import aws4 from 'aws4';
import type { Pair } from '../provider.ts';

/** The API of IAM's that a query is for. */
export type Service = 'iam' | 'sts';

/** The signed parts of a request. */
export interface SignableRequest {
  readonly service: Service | 's3';
  readonly region: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** As in the Host header: with the port, unless it is the scheme's default. */
  readonly host: string;
  /** Path and query, encoded. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

/**
 * Signs a request by AWS Signature Version 4 for the moment `now`, in ms since 1970. Returns all headers to
 * send.
 */
export function signRequest(request: SignableRequest, pair: Pair, now: number): Record<string, string> {
  const { contentType, ...rest } = request;
  const { headers } = aws4.sign(
    {
      ...rest,
      headers: {
        host: request.host,
        'x-amz-date': new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, ''),
        ...(contentType !== undefined && { 'content-type': contentType }),
      },
    },
    pair,
  );
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}
