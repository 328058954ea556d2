import type { AccessKey } from '../../api/schema/accesskey.ts';
import { issuedAtOf, type SecretFacts } from '../secret/facts.ts';

/** How far apart two clocks may be: further, and no step that depends on time is taken (rule 13). */
export const MAX_SKEW_MS = 60_000;

/** What says when the pair in a Secret was made. Each may be forged, so the earliest counts: a forged one can only make it older. */
export interface PairWitnesses {
  readonly accessKey: AccessKey;
  /** Of the Secret that holds the pair. */
  readonly facts: SecretFacts;
  /** When the store attached the pair's user, in ms since 1970; undefined where nobody knows. No tenant can change it. */
  readonly attachedAt: number | undefined;
  /** In ms since 1970. */
  readonly now: number;
  readonly clockTrusted: boolean;
}

/** When the pair was made, in ms since 1970, for all that is decided by its age; now, where nothing says. */
export function pairTime({ accessKey, facts, attachedAt, now, clockTrusted }: PairWitnesses): number {
  const { accessKeyId, issuedAt } = accessKey.status;
  const times = [
    Date.parse(issuedAtOf(facts) ?? ''),
    accessKeyId === facts.accessKeyId ? Date.parse(issuedAt ?? '') : Number.NaN,
    attachedAt ?? Number.NaN,
    // Nothing was made in the future: a clock was wrong then, or somebody wrote it so.
    clockTrusted ? now : Number.NaN,
  ].filter((time) => !Number.isNaN(time));
  return times.length === 0 ? now : Math.min(...times);
}

/**
 * What is recorded beside the pair as its time, RFC 3339: what the Secret says, as long as no other witness is earlier
 * by more than clocks may differ. So it isn't written again for a store whose clock is a second behind.
 */
export function recordedTime(witnesses: PairWitnesses): string {
  const recorded = issuedAtOf(witnesses.facts);
  const time = pairTime(witnesses);
  if (recorded !== undefined && Date.parse(recorded) - time <= MAX_SKEW_MS) return recorded;
  return new Date(time).toISOString();
}

/**
 * True if this clock and the API server's agree closely enough for a step that depends on time (rule 13).
 * @param skewMs how far they are apart; undefined before the API server's first answer
 */
export function isClockTrusted(skewMs: number | undefined): boolean {
  return Math.abs(skewMs ?? 0) <= MAX_SKEW_MS;
}
