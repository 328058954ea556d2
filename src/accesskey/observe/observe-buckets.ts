import { StoreError } from '../../provider/errors.ts';
import type { Store } from '../../provider/provider.ts';
import type { BucketFinding } from './observed.ts';

/**
 * Asks for each bucket, one read for each. One that the store refuses to tell of is a finding; a store that doesn't
 * answer is thrown.
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
