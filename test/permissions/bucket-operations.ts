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
    name: 'CreateBucket, a name that the grants cover',
    action: 'CreateBucket',
    audience: 'everyKey',
    note: 'gives the key nothing in it',
    call: ({ client }, { newBucket }) => client.makeBucket(newBucket(true)),
  },
  {
    name: 'CreateBucket, another name',
    action: 'CreateBucket',
    audience: 'unrestricted',
    call: ({ client }, { newBucket }) => client.makeBucket(newBucket(false)),
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
];

export const BUCKETS: OperationGroup = { title: 'Buckets and lists', operations };
