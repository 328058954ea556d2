import { StoreError } from '../../provider/errors.ts';
import type { Store } from '../../provider/provider.ts';
import type { BucketFinding } from './observed.ts';

/**
 * Reads each bucket, one request for each. A refusal of the store is a finding.
 * @throws if the store doesn't answer
 */
export async function observeBuckets(
  client: Store,
  bucketNames: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, BucketFinding>> {
  const found = new Map<string, BucketFinding>();
  for (const bucketName of bucketNames)
    found.set(bucketName, await observeBucket(client, bucketName, signal));
  return found;
}

async function observeBucket(client: Store, bucketName: string, signal: AbortSignal): Promise<BucketFinding> {
  try {
    return { kind: (await client.hasBucket(bucketName, { signal })) ? 'there' : 'missing' };
  } catch (error) {
    if (!(error instanceof StoreError) || (error.kind !== 'refused' && error.kind !== 'invalid')) throw error;
    return { kind: 'failed', message: error.message, transient: false };
  }
}
