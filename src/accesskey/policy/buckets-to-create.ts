import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Verdict } from './grants.ts';

/** Returns the names of the buckets to create if they are missing. A disabled or refused key has none. */
export function bucketsToCreate({ spec }: AccessKey, verdict: Verdict): string[] {
  if (spec.disabled || !verdict.granted || verdict.access.kind !== 'limited') return [];
  return verdict.access.entries.filter(({ create }) => create).map(({ bucketName }) => bucketName);
}
