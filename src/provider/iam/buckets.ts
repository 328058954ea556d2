import type { Connection, HttpAnswer } from '../connection.ts';
import { StoreError } from '../errors.ts';
import type { Pair, Store } from '../provider.ts';
import { answerFailure, shapeFailure } from './answer-errors.ts';
import { signRequest } from './signing.ts';

type BucketCalls = Pick<Store, 'hasBucket' | 'createBucket'>;

const MAX_ANSWER_BYTES = 64 * 1024;
/** The only region whose buckets AWS creates without being told the region. */
const DEFAULT_REGION = 'us-east-1';

/** Options of the calls for buckets. */
export interface BucketCallOptions {
  /** To the S3 API. */
  readonly connection: Connection;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Pair;
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** Makes the part of a Store that handles buckets, by the S3 API. */
export function createBucketCalls(options: BucketCallOptions): BucketCalls {
  const { connection, endpoint, region, credentials, timeoutMs, now } = options;

  async function send(
    method: 'GET' | 'PUT',
    path: string,
    purpose: string,
    signal: AbortSignal | undefined,
    body?: string,
  ): Promise<HttpAnswer> {
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
    return answer;
  }

  return {
    hasBucket: async (bucketName, { signal } = {}) => {
      const purpose = `ask for bucket ${bucketName}, which takes s3:GetBucketLocation on it`;
      try {
        const { body } = await send('GET', `/${checkBucketName(bucketName)}?location=`, purpose, signal);
        if (body.includes('<LocationConstraint')) return true;
      } catch (error) {
        if (error instanceof StoreError && error.code === 'NoSuchBucket') return false;
        throw error;
      }
      throw shapeFailure(purpose, endpoint, 'the answer names no location');
    },

    createBucket: async (bucketName, { signal } = {}) => {
      const purpose = `create bucket ${bucketName}, which takes s3:CreateBucket on it`;
      const place =
        region === DEFAULT_REGION
          ? undefined
          : `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
      try {
        await send('PUT', `/${checkBucketName(bucketName)}`, purpose, signal, place);
        return 'created';
      } catch (error) {
        if (error instanceof StoreError && error.code === 'BucketAlreadyOwnedByYou') return 'exists';
        throw error;
      }
    },
  };
}

function checkBucketName(name: string): string {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..')) return name;
  throw new StoreError('invalid', `${JSON.stringify(name.slice(0, 80))} is not a bucket's name`);
}
