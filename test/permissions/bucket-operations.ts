import type { Operation, OperationGroup } from './operation.ts';

const operations: readonly Operation[] = [
  {
    name: 'ListBuckets',
    action: 'ListAllMyBuckets',
    audience: 'everyKey',
    note: 'shows the names of all buckets',
    call: ({ client }) => client.listBuckets(),
  },
  {
    name: 'CreateBucket',
    action: 'CreateBucket',
    audience: 'nobody',
    note: 'by `create: true` the operator does it; see below',
    call: ({ client }, { newBucket }) => client.makeBucket(newBucket()),
  },
  {
    name: 'HeadBucket',
    action: 'ListBucket',
    audience: 'readsBucket',
    call: ({ client }, { bucket }) => client.bucketExists(bucket),
  },
  {
    name: 'GetBucketLocation',
    action: 'GetBucketLocation',
    audience: 'findsBucket',
    call: ({ send }, { bucket }) => send({ method: 'GET', bucket, query: [['location', '']] }),
  },
  {
    name: 'ListObjectsV2',
    action: 'ListBucket',
    audience: 'readsObjects',
    call: ({ client }, { bucket, folder }) => client.listObjectsV2(bucket, folder, true).toArray(),
  },
  {
    name: 'ListObjects',
    action: 'ListBucket',
    audience: 'readsObjects',
    call: ({ client }, { bucket, folder }) => client.listObjects(bucket, folder, true).toArray(),
  },
  {
    name: 'ListObjectVersions',
    action: 'ListBucketVersions',
    audience: 'readsObjects',
    call: ({ client }, { bucket, folder }) =>
      client.listObjects(bucket, folder, true, { IncludeVersion: true }).toArray(),
  },
  {
    name: 'DeleteBucket',
    action: 'DeleteBucket',
    audience: 'unrestricted',
    answer: 'BucketNotEmpty',
    call: async ({ client }, { bucket, object }) => {
      await object();
      await client.removeBucket(bucket);
    },
  },
  {
    name: 'DeleteBucket, by force',
    action: 'ForceDeleteBucket',
    audience: 'nobody',
    note: "MinIO's header `x-minio-force-delete`, by which all versions in the bucket go with it",
    call: ({ send }, { bucket }) =>
      send({ method: 'DELETE', bucket, headers: { 'x-minio-force-delete': 'true' } }),
  },
];

export const BUCKETS: OperationGroup = { title: 'Buckets and lists', operations };
