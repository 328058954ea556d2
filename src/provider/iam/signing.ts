import aws4 from 'aws4';
import type { Pair } from '../provider.ts';

/** The service that a signature is for. */
export type Service = 'iam' | 'sts';

/** The signed parts of a query: a POST of a form to the root. */
export interface SignableQuery {
  readonly service: Service;
  readonly region: string;
  /** As in the Host header: with the port, where it isn't the scheme's own. */
  readonly host: string;
  readonly body: string;
}

const FORM = 'application/x-www-form-urlencoded; charset=utf-8';

/**
 * Signs a query by AWS Signature Version 4 for the moment `now`, in ms since 1970. Returns all headers to
 * send.
 */
export function signQuery(query: SignableQuery, pair: Pair, now: number): Record<string, string> {
  const { service, region, host, body } = query;
  const date = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const request = {
    service,
    region,
    method: 'POST',
    host,
    path: '/',
    body,
    headers: { host, 'content-type': FORM, 'x-amz-date': date },
  };
  const { headers } = aws4.sign(request, pair);
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}
