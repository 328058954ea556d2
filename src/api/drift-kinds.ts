/** The kinds of changes that somebody made in the store or in a Secret without the operator. */
export const DRIFT_KINDS = [
  'user_missing',
  'user_disabled',
  'user_policies',
  'policy_missing',
  'policy_edited',
  'secret_missing',
  'secret_edited',
] as const;

/** A kind of drift, as metrics name it. */
export type DriftKind = (typeof DRIFT_KINDS)[number];
