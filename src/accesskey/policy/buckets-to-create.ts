import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { Verdict } from './grants.ts';

/** The names of the buckets that are to be created where they are missing: none of a key that is disabled or refused. */
export function bucketsToCreate({ spec }: AccessKey, verdict: Verdict): string[] {
  if (spec.disabled || !verdict.granted || verdict.access.kind !== 'limited') return [];
  return verdict.access.entries.filter(({ create }) => create).map(({ bucketName }) => bucketName);
}
