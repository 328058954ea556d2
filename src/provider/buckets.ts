import { StoreError } from './errors.ts';
import { ShapeError } from './json-members.ts';
import type { Store } from './provider.ts';

/** One request of the S3 API about a bucket. */
interface BucketRequest {
  readonly method: 'GET' | 'PUT';
  /** A name that S3 allows, so that it can't form another path. */
  readonly bucketName: string;
  /** True for the bucket's location. */
  readonly location?: boolean;
  /** Default: none. */
  readonly body?: string | undefined;
  readonly purpose: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends a request, and parses a success. It throws a `StoreError` for any other answer, and if `parse` throws
 * a `ShapeError`.
 */
export type AskBucket = <T>(request: BucketRequest, parse: (body: Buffer) => T) => Promise<T>;

/**
 * Makes the part of a Store that handles buckets, by the S3 API.
 * @param creation the body of CreateBucket; default: none
 */
export function createBucketCalls(
  ask: AskBucket,
  creation?: string,
): Pick<Store, 'hasBucket' | 'createBucket'> {
  return {
    // HeadBucket won't do. Its answer has no body, so any server could have sent a 404, and it needs a right
    // to list objects.
    hasBucket: async (bucketName, { signal } = {}) => {
      const purpose = `ask for bucket ${bucketName}, which takes s3:GetBucketLocation on it`;
      const name = checkBucketName(bucketName);
      try {
        await ask({ method: 'GET', bucketName: name, location: true, purpose, signal }, expectLocation);
        return true;
      } catch (error) {
        if (error instanceof StoreError && error.code === 'NoSuchBucket') return false;
        throw error;
      }
    },

    // Never send x-minio-force-create, which would reset an existing bucket. Without it, MinIO answers 409.
    createBucket: async (bucketName, { signal } = {}) => {
      const purpose = `create bucket ${bucketName}, which takes s3:CreateBucket on it`;
      const name = checkBucketName(bucketName);
      try {
        await ask({ method: 'PUT', bucketName: name, body: creation, purpose, signal }, () => {});
        return 'created';
      } catch (error) {
        if (error instanceof StoreError && error.code === 'BucketAlreadyOwnedByYou') return 'exists';
        throw error;
      }
    },
  };
}

/**
 * Checks for the answer of GetBucketLocation.
 * @throws ShapeError for any other success
 */
function expectLocation(body: Buffer): void {
  if (!body.includes('<LocationConstraint')) throw new ShapeError('the answer names no location');
}

/**
 * Returns a bucket's name as S3 allows it, since any other text could form another path.
 * @throws StoreError of kind `invalid` for any other name
 */
function checkBucketName(name: string): string {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..')) return name;
  throw new StoreError('invalid', `${JSON.stringify(name.slice(0, 80))} is not a bucket's name`);
}
