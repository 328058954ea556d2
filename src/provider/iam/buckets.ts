import type { AskBucket } from '../buckets.ts';
import type { Connection } from '../connection.ts';
import { ShapeError } from '../json-members.ts';
import type { Pair } from '../provider.ts';
import { answerFailure, shapeFailure } from './answer-errors.ts';
import { signRequest } from './signing.ts';

const MAX_ANSWER_BYTES = 64 * 1024;
/** The only region whose buckets AWS creates without being told the region. */
const DEFAULT_REGION = 'us-east-1';

/** Options of the requests about buckets. */
export interface BucketRequestOptions {
  /** To the S3 API. */
  readonly connection: Connection;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Pair;
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** Makes the function that sends requests about buckets, signed as AWS takes them. */
export function bucketRequests(options: BucketRequestOptions): AskBucket {
  const { connection, endpoint, region, credentials, timeoutMs, now } = options;
  return async ({ method, bucketName, location = false, body, purpose, signal }, parse) => {
    const path = `/${bucketName}${location ? '?location=' : ''}`;
    const request = { service: 's3', region, method, host: connection.host, path } as const;
    const answer = await connection.request({
      method,
      target: path,
      headers: signRequest({ ...request, ...(body !== undefined && { body }) }, credentials, now()),
      ...(body !== undefined && { body: Buffer.from(body) }),
      purpose,
      timeoutMs,
      maxAnswerBytes: MAX_ANSWER_BYTES,
      ...(signal && { signal }),
    });
    if (answer.status !== 200) throw answerFailure(purpose, endpoint, answer, now());
    try {
      return parse(answer.body);
    } catch (error) {
      if (error instanceof ShapeError) throw shapeFailure(purpose, endpoint, error.message);
      throw error;
    }
  };
}

/** Returns the body by which a bucket is created in a region; undefined if it needs none. */
export function creationIn(region: string): string | undefined {
  return region === DEFAULT_REGION
    ? undefined
    : `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
}
