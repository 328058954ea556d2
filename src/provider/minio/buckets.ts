import type { AskBucket } from '../buckets.ts';
import type { AdminClient } from './client.ts';

/** Makes the function that sends requests about buckets, signed as MinIO takes them. */
export function bucketRequests(client: AdminClient): AskBucket {
  return ({ method, bucketName: path, location = false, purpose, signal }, parse) =>
    client.read(
      { api: 's3', method, path, query: location ? [['location', '']] : [], purpose, signal },
      parse,
    );
}
