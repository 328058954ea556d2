/**
 * The rules by which processes share a Lease: those of client-go's tools/leaderelection (v0.37.2), which tolerate
 * any difference between clocks, and some difference in their speed. Pure: decides, and asks nobody.
 */

/** What a Lease says. Times are in ms since 1970 by the clock of who wrote them: for people, and to tell records apart. */
export interface LeaseRecord {
  /** Who has it; '' where it was given back. */
  readonly holder: string;
  /** How long others wait after its last change. */
  readonly durationMs: number;
  readonly acquiredAt: number;
  readonly renewedAt: number;
  /** How often it has gone from one holder to another. */
  readonly transitions: number;
}

export interface LeaseTimings {
  /** Others take the Lease over when it hasn't changed for this long. */
  readonly leaseDurationMs: number;
  /** Who couldn't renew it for this long gives up: shorter, so that two never lead at once. */
  readonly renewDeadlineMs: number;
  /** Between two tries. */
  readonly retryPeriodMs: number;
}

/** A record, and when this process saw it first, in ms of its own monotonic clock. */
export interface Observation {
  readonly record: LeaseRecord;
  readonly since: number;
}

/** Why the timings can't be; undefined where they can. As client-go has it. */
export function timingsFault(timings: LeaseTimings): string | undefined {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = timings;
  if (leaseDurationMs <= renewDeadlineMs)
    return 'the lease duration has to be longer than the renew deadline';
  if (renewDeadlineMs <= 1.2 * retryPeriodMs)
    return 'the renew deadline has to be longer than 1.2 times the retry period';
  return undefined;
}

/** What is known after a record was read: one that is still the same has been so since it was first seen. */
export function observe(before: Observation | undefined, record: LeaseRecord, now: number): Observation {
  return before && isSame(before.record, record) ? before : { record, since: now };
}

/**
 * Whose the Lease is for who asks. `own`: it is in its name, from before a restart, and can be taken up at once;
 * `free`: given back, or unchanged for its whole duration by the clock of who asks; `held`: somebody else's.
 */
export function claimOf(
  { record, since }: Observation,
  identity: string,
  now: number,
): 'own' | 'free' | 'held' {
  if (record.holder === identity) return 'own';
  return record.holder === '' || now - since > record.durationMs ? 'free' : 'held';
}

/**
 * The record of who takes the Lease. Its time of acquisition is new also where it takes up its own one, which
 * client-go leaves: a process that still runs under the same name sees by it that it has been replaced.
 * @param before undefined where there was no Lease
 * @param now ms since 1970
 */
export function claimRecord(
  before: LeaseRecord | undefined,
  identity: string,
  { leaseDurationMs }: LeaseTimings,
  now: number,
): LeaseRecord {
  const transitions = before === undefined ? 0 : before.transitions + (before.holder === identity ? 0 : 1);
  return { holder: identity, durationMs: leaseDurationMs, acquiredAt: now, renewedAt: now, transitions };
}

/** The record of who has the Lease and keeps it. */
export function renewedRecord(record: LeaseRecord, now: number): LeaseRecord {
  return { ...record, renewedAt: now };
}

/** The record of a Lease that is given back: without a holder it is free at once. */
export function releasedRecord(record: LeaseRecord, now: number): LeaseRecord {
  return { ...record, holder: '', durationMs: 1_000, acquiredAt: now, renewedAt: now };
}

/** Whether a record is of the very term that began with the other: not even a namesake has come between. */
export function isSameTerm(a: LeaseRecord, b: LeaseRecord): boolean {
  return a.holder === b.holder && a.acquiredAt === b.acquiredAt;
}

/**
 * How long a candidate waits until its next look. Client-go waits longer than the period, up to 2.2 times; here it is
 * the half to three quarters of it, so that a Lease that was given back is taken within the period; and no longer
 * than until the Lease expires, if nobody renews it.
 * @param random from 0 up to 1
 */
export function candidateWaitMs(
  { retryPeriodMs }: LeaseTimings,
  observation: Observation | undefined,
  now: number,
  random: number,
): number {
  const wait = retryPeriodMs * (0.5 + 0.25 * random);
  if (observation === undefined) return wait;
  const expires = observation.since + observation.record.durationMs + 1 - now;
  return expires > 0 ? Math.min(wait, expires) : wait;
}

function isSame(a: LeaseRecord, b: LeaseRecord): boolean {
  return (
    isSameTerm(a, b) &&
    a.renewedAt === b.renewedAt &&
    a.durationMs === b.durationMs &&
    a.transitions === b.transitions
  );
}
