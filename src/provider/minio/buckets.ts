import { StoreError } from '../errors.ts';
import { ShapeError } from '../json-members.ts';
import type { Store } from '../provider.ts';
import type { AdminCall, AdminClient } from './client.ts';
import { checkBucketName } from './names.ts';

type BucketCalls = Pick<Store, 'hasBucket' | 'createBucket'>;

/** Makes the part of a Store that handles buckets, by the S3 API. */
export function createBucketCalls(client: AdminClient): BucketCalls {
  return {
    // HeadBucket won't do. Its answer has no body, so any server could have sent a 404, and it needs a right
    // to list objects.
    hasBucket: async (bucketName, { signal } = {}) => {
      const call: AdminCall = {
        api: 's3',
        method: 'GET',
        path: checkBucketName(bucketName),
        query: [['location', '']],
        purpose: `ask for bucket ${bucketName}, which takes s3:GetBucketLocation on it`,
        signal,
      };
      try {
        await client.read(call, expectLocation);
        return true;
      } catch (error) {
        if (error instanceof StoreError && error.code === 'NoSuchBucket') return false;
        throw error;
      }
    },

    // Never send x-minio-force-create, which would reset an existing bucket. Without it, MinIO answers 409.
    createBucket: async (bucketName, { signal } = {}) => {
      const call: AdminCall = {
        api: 's3',
        method: 'PUT',
        path: checkBucketName(bucketName),
        purpose: `create bucket ${bucketName}, which takes s3:CreateBucket on it`,
        signal,
      };
      try {
        await client.request(call);
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
