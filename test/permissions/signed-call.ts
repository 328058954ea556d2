/** S3 requests that no client makes as they are needed here, signed by the project's own signing. */
import type { Query } from '../../src/provider/minio/signing.ts';
import type { Pair } from '../../src/provider/provider.ts';
import { rawCalls } from './raw-call.ts';

export interface SignedCall {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly bucket: string;
  readonly object?: string;
  readonly query?: Query;
  readonly body?: string;
  /** Signed, if they are x-amz's. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that isn't a success. The message is the code and nothing else of the answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** Makes what sends S3 requests signed with the pair; see `Caller.send`. */
export function signedCalls(endpoint: string, pair: Pair): (call: SignedCall) => Promise<string> {
  const send = rawCalls(endpoint, pair);
  return async ({ method, bucket, object, query, body, headers }) => {
    const path = object === undefined ? `/${bucket}` : `/${bucket}/${object}`;
    const answer = await send({
      method,
      path,
      ...(query && { query }),
      ...(body !== undefined && { body }),
      ...(headers && { headers }),
    });
    const text = answer.body.toString();
    // DeleteObjects succeeds as a whole and says of each object what came of it.
    const code = /<Code>([A-Za-z0-9]+)<\/Code>/.exec(text)?.[1];
    if (answer.status < 300 && code === undefined) return text;
    // Some refusals have no body; clients call them by the status.
    throw new Refusal(code ?? (answer.status === 403 ? 'AccessDenied' : `HTTP${answer.status}`));
  };
}
