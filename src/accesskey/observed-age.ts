import type { Observed } from './observed.ts';
import type { PairAge } from './rotation.ts';
import type { SecretFacts } from './secret.ts';

/** The longest that a pair may live by the store's grants for the namespace, in ms; undefined where they don't say. */
export function maxAgeOf(evaluate: Observed['evaluate']): number | undefined {
  // It goes by the namespace alone.
  return evaluate({ kind: 'limited', entries: [] }).maxAgeMs;
}

/** The age of the pair in a Secret, by all that was read. */
export function ageOf(
  { accessKey, users, now, clockTrusted, evaluate }: Observed,
  facts: SecretFacts,
): PairAge {
  const attachedAt = users.get(facts.accessKeyId ?? '')?.attachedAt;
  return { accessKey, facts, attachedAt, now, clockTrusted, maxAgeMs: maxAgeOf(evaluate) };
}
