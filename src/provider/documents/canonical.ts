import { hash } from 'node:crypto';

/**
 * Returns a policy document in one order and spelling, for comparison: the store returns arrays in random
 * order. Accepts any JSON that has the form of a policy. What isn't an array or a list of statements stays as
 * it is.
 */
export function canonicalPolicy(document: object): string {
  const { Statement, ID, Id, Version, ...rest } = document as Record<string, unknown>;
  const statements = (Array.isArray(Statement) ? Statement : [Statement])
    .map((statement) => canonical(statement))
    .sort();
  return JSON.stringify([ID ?? Id ?? '', Version ?? '', statements, canonical(rest)]);
}

/** Returns the SHA-256 of the canonical document, in hex. */
export function policyDigest(document: object): string {
  return hash('sha256', canonicalPolicy(document), 'hex');
}

/**
 * Returns objects by sorted key, arrays as sorted sets, scalars as text (`false` and `"false"` are equal in a
 * condition).
 */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify([...new Set(value.map(canonical))].sort());
  if (typeof value === 'object' && value !== null) {
    const inner = value as Record<string, unknown>;
    return JSON.stringify(
      Object.keys(inner)
        .sort()
        .map((key) => [key, canonical(asList(inner[key]))]),
    );
  }
  return String(value);
}

/** Returns the value as a list. A policy treats a single value and a list of one alike. */
function asList(value: unknown): unknown {
  return typeof value === 'object' ? value : [value];
}
