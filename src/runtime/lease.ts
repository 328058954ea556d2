/**
 * The rules by which processes share a Lease. They are those of client-go's tools/leaderelection (v0.37.2),
 * which tolerate any difference between clocks, and some difference in their speed. All functions are pure.
 */

/**
 * The content of a Lease. Times are in ms since 1970 by the writer's clock. They inform people, and
 * distinguish records.
 */
export interface LeaseRecord {
  /** The process that has it; '' after it was given back. */
  readonly holder: string;
  /** The time that others wait after its last change. */
  readonly durationMs: number;
  readonly acquiredAt: number;
  readonly renewedAt: number;
  /** The number of times that it has passed from one holder to another. */
  readonly transitions: number;
}

/** The time limits of an election, in ms. `timingsFault` says which combinations are invalid. */
export interface LeaseTimings {
  /** The time that a Lease has to stay unchanged before others take it over. */
  readonly leaseDurationMs: number;
  /**
   * The time for which a leader may fail to renew before it gives up. It is shorter, so that two never lead
   * at the same time.
   */
  readonly renewDeadlineMs: number;
  /** The time between two tries. */
  readonly retryPeriodMs: number;
}

/** A record, and when this process saw it first, in ms of its own monotonic clock. */
export interface Observation {
  readonly record: LeaseRecord;
  readonly since: number;
}

/** Returns why the timings are invalid, or undefined if they are valid. The rules are client-go's. */
export function timingsFault(timings: LeaseTimings): string | undefined {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = timings;
  if (leaseDurationMs <= renewDeadlineMs) return 'the lease duration must be longer than the renew deadline';
  if (renewDeadlineMs <= 1.2 * retryPeriodMs)
    return 'the renew deadline must be longer than 1.2 times the retry period';
  return undefined;
}

/** Returns the observation after a read. An unchanged record keeps the time at which it was first seen. */
export function observe(before: Observation | undefined, record: LeaseRecord, now: number): Observation {
  return before && isSame(before.record, record) ? before : { record, since: now };
}

/**
 * Returns whose the Lease is, seen by `identity`. `own`: it has that name from before a restart, and the
 * process may resume it. `free`: it was given back, or stayed unchanged for its whole duration by this
 * process's clock. `held`: another process has it.
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
 * Returns the record of a process that takes the Lease. Its time of acquisition is new even if the process
 * resumes its own Lease, unlike client-go's. A process that still runs under the same name sees by it that it
 * was replaced.
 * @param before undefined if there was no Lease
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

/** Returns the record of a holder that keeps the Lease. */
export function renewedRecord(record: LeaseRecord, now: number): LeaseRecord {
  return { ...record, renewedAt: now };
}

/** Returns the record of a Lease that is given back. Without a holder it is free immediately. */
export function releasedRecord(record: LeaseRecord, now: number): LeaseRecord {
  return { ...record, holder: '', durationMs: 1_000, acquiredAt: now, renewedAt: now };
}

/**
 * True if both records are of the same term. A process of the same name that came in between makes a new
 * term.
 */
export function isSameTerm(a: LeaseRecord, b: LeaseRecord): boolean {
  return a.holder === b.holder && a.acquiredAt === b.acquiredAt;
}

/**
 * Returns how long a candidate waits before its next try. Client-go waits up to 2.2 times the period. This
 * one waits half to three quarters of it, so that a process takes a released Lease within the period. It
 * never waits beyond the expiry of an unrenewed Lease.
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
