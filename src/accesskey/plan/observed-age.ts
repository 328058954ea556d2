import type { Observed } from '../observe/observed.ts';
import type { PairAge } from '../rotation/rotation.ts';
import type { SecretFacts } from '../secret/facts.ts';

/** Returns the age of the pair in a Secret, by everything that the operator read. */
export function ageOf(
  { accessKey, users, now, clockTrusted, maxAgeMs }: Observed,
  facts: SecretFacts,
): PairAge {
  const attachedAt = users.get(facts.accessKeyId ?? '')?.attachedAt;
  return { accessKey, facts, attachedAt, now, clockTrusted, maxAgeMs };
}
