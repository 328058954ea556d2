import type { Observed } from './observed.ts';
import type { PairAge } from './rotation.ts';
import type { SecretFacts } from './secret.ts';

/** The age of the pair in a Secret, by all that was read. */
export function ageOf(
  { accessKey, users, now, clockTrusted, maxAgeMs }: Observed,
  facts: SecretFacts,
): PairAge {
  const attachedAt = users.get(facts.accessKeyId ?? '')?.attachedAt;
  return { accessKey, facts, attachedAt, now, clockTrusted, maxAgeMs };
}
