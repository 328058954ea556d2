import type { AccessKey } from '../../api/schema/accesskey.ts';
import type { StoreUser } from '../../provider/provider.ts';
import { issuedAtOf, type SecretFacts } from '../secret/facts.ts';

/**
 * The maximum difference of two clocks, in ms. Above it, the operator takes no step that depends on time
 * (rule 13).
 */
export const MAX_SKEW_MS = 60_000;

/**
 * The records that say how old the pairs of a key are, beside the Secrets that hold them. Live reads and the
 * caches both have them.
 */
export interface AgeRecords {
  readonly accessKey: AccessKey;
  /** The key's users, with the time at which the store attached each, if known. No tenant can change it. */
  readonly users: ReadonlyMap<string, Pick<StoreUser, 'attachedAt'> | undefined>;
  /** In ms since 1970. */
  readonly now: number;
  readonly clockTrusted: boolean;
  /** The maximum age of a pair by the store's grants, in ms; undefined if they set none. */
  readonly maxAgeMs: number | undefined;
}

/**
 * The records of a pair's age, with the Secret that holds the pair. Somebody may have forged a time, so the
 * earliest counts: a forged one can only make the pair older.
 */
export interface PairAge extends AgeRecords {
  readonly facts: SecretFacts;
}

/** Returns the age of the pair in a Secret, by all its records. */
export function ageOf(
  { accessKey, users, now, clockTrusted, maxAgeMs }: AgeRecords,
  facts: SecretFacts,
): PairAge {
  return { accessKey, users, now, clockTrusted, maxAgeMs, facts };
}

/**
 * Returns when the pair was made, in ms since 1970, for every decision by its age. Returns now if no record
 * says it.
 */
export function pairTime({ accessKey, facts, users, now, clockTrusted }: PairAge): number {
  const { accessKeyId, issuedAt } = accessKey.status;
  const times = [
    Date.parse(issuedAtOf(facts) ?? ''),
    accessKeyId === facts.accessKeyId ? Date.parse(issuedAt ?? '') : Number.NaN,
    users.get(facts.accessKeyId ?? '')?.attachedAt ?? Number.NaN,
    // No pair was made in the future: a clock was wrong then, or somebody wrote a wrong time.
    clockTrusted ? now : Number.NaN,
  ].filter((time) => !Number.isNaN(time));
  return times.length === 0 ? now : Math.min(...times);
}

/**
 * Returns the time to record beside the pair, in RFC 3339. It keeps what the Secret says, unless another
 * record is earlier by more than clocks may differ. So a store whose clock is a second behind causes no
 * rewrite.
 */
export function recordedTime(age: PairAge): string {
  const recorded = issuedAtOf(age.facts);
  const time = pairTime(age);
  if (recorded !== undefined && Date.parse(recorded) - time <= MAX_SKEW_MS) return recorded;
  return new Date(time).toISOString();
}

/**
 * True if this clock and the API server's agree closely enough for a step that depends on time (rule 13).
 * @param skewMs their difference; undefined before the API server's first answer
 */
export function isClockTrusted(skewMs: number | undefined): boolean {
  return Math.abs(skewMs ?? 0) <= MAX_SKEW_MS;
}
