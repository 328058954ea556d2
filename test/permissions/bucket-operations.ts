import type { OperationName } from '../../scripts/docs/permissions/operations.ts';
import type { Call } from './operation.ts';

export const BUCKET_CALLS = {
  ListBuckets: ({ client }) => client.listBuckets(),
  CreateBucket: ({ client }, { newBucket }) => client.makeBucket(newBucket()),
  HeadBucket: ({ client }, { bucket }) => client.bucketExists(bucket),
  GetBucketLocation: ({ send }, { bucket }) => send({ method: 'GET', bucket, query: [['location', '']] }),
  ListObjectsV2: ({ client }, { bucket, folder }) => client.listObjectsV2(bucket, folder, true).toArray(),
  ListObjects: ({ client }, { bucket, folder }) => client.listObjects(bucket, folder, true).toArray(),
  ListObjectVersions: ({ client }, { bucket, folder }) =>
    client.listObjects(bucket, folder, true, { IncludeVersion: true }).toArray(),
  DeleteBucket: async ({ client }, { bucket, object }) => {
    await object();
    await client.removeBucket(bucket);
  },
  'DeleteBucket, by force': ({ send }, { bucket }) =>
    send({ method: 'DELETE', bucket, headers: { 'x-minio-force-delete': 'true' } }),
} as const satisfies Partial<Record<OperationName, Call>>;
