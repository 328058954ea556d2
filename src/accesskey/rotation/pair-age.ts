import type { AccessKey } from '../../api/schema/accesskey.ts';
import { issuedAtOf, type SecretFacts } from '../secret/facts.ts';

/**
 * The maximum difference of two clocks, in ms. Above it, the operator takes no step that depends on time
 * (rule 13).
 */
export const MAX_SKEW_MS = 60_000;

/**
 * The recorded times that say when a Secret's pair was made. Somebody may have forged one, so the earliest
 * counts: a forged one can only make the pair older.
 */
export interface PairWitnesses {
  readonly accessKey: AccessKey;
  /** The facts of the Secret that holds the pair. */
  readonly facts: SecretFacts;
  /**
   * The time when the store attached the pair's user, in ms since 1970; undefined if unknown. No tenant can
   * change it.
   */
  readonly attachedAt: number | undefined;
  /** In ms since 1970. */
  readonly now: number;
  readonly clockTrusted: boolean;
}

/**
 * Returns when the pair was made, in ms since 1970, for every decision by its age. Returns now if no record
 * says it.
 */
export function pairTime({ accessKey, facts, attachedAt, now, clockTrusted }: PairWitnesses): number {
  const { accessKeyId, issuedAt } = accessKey.status;
  const times = [
    Date.parse(issuedAtOf(facts) ?? ''),
    accessKeyId === facts.accessKeyId ? Date.parse(issuedAt ?? '') : Number.NaN,
    attachedAt ?? Number.NaN,
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
export function recordedTime(witnesses: PairWitnesses): string {
  const recorded = issuedAtOf(witnesses.facts);
  const time = pairTime(witnesses);
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
