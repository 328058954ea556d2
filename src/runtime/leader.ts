import { createHeartbeat } from './heartbeat.ts';
import {
  candidateWaitMs,
  claimOf,
  claimRecord,
  isSameTerm,
  type LeaseRecord,
  type LeaseTimings,
  type Observation,
  observe,
  releasedRecord,
  renewedRecord,
} from './lease.ts';
import type { Log } from './log.ts';
import { NotLeaderError } from './not-leader-error.ts';
import { sleep } from './sleep.ts';

/** A Lease as it was read or written. The next write of it is bound to `version`. */
export interface Lease {
  readonly record: LeaseRecord;
  readonly version: unknown;
}

/** The storage of the Lease. A write to an outdated version returns undefined; any other failure throws. */
export interface LeaseLock {
  /** Returns undefined if there is no Lease. */
  get(options: { readonly timeoutMs: number }): Promise<Lease | undefined>;
  create(record: LeaseRecord, options: { readonly timeoutMs: number }): Promise<Lease | undefined>;
  /** Writes the record over exactly that version. */
  update(
    lease: Lease,
    record: LeaseRecord,
    options: { readonly timeoutMs: number },
  ): Promise<Lease | undefined>;
}

/** Options of an elector. */
export interface ElectorOptions {
  readonly lock: LeaseLock;
  /**
   * Unique among the processes that run at a time. A process that restarts under the same identity resumes
   * its own Lease immediately.
   */
  readonly identity: string;
  readonly timings: LeaseTimings;
  readonly log: Log;
  /** In ms. On Linux this clock runs on while a process is stopped, but not while the machine sleeps. */
  readonly monotonic?: () => number;
  /** In ms since 1970, only for the times that the process writes into the Lease. */
  readonly now?: () => number;
  readonly random?: () => number;
}

/** One process's part in an election, for one term. A process that has lost its lead doesn't stand again. */
export interface Elector {
  /**
   * Tries to take the Lease until it has it, then renews it. Returns true if this process leads now. Returns
   * false if the signal aborted first, and then the process holds nothing.
   */
  acquire(signal: AbortSignal): Promise<boolean>;
  /** Aborts, with a `NotLeaderError`, when this process has led and can no longer be sure that it does. */
  readonly lost: AbortSignal;
  isLeader(): boolean;
  /** True if a candidate keeps trying, even if every try fails. A leader that doesn't renew ends. */
  isAlive(): boolean;
  /**
   * Asserts that this process leads.
   * @throws NotLeaderError unless the last known renewal is less than the renew deadline ago
   */
  assertLeading(): void;
  /**
   * Ends the term and gives the Lease back, so that another process leads immediately. Does nothing without a
   * Lease.
   */
  release(): Promise<void>;
}

/** Makes a process a candidate. It sends no request before `acquire`. */
export function createElector(options: ElectorOptions): Elector {
  const { lock, identity, timings, log } = options;
  const { monotonic = () => performance.now(), now = Date.now, random = Math.random } = options;
  const { renewDeadlineMs, retryPeriodMs } = timings;
  /** Half the deadline, so that one hanging request leaves time for another. */
  const timeoutMs = renewDeadlineMs / 2;
  const lost = new AbortController();
  /** Ends the renewals. */
  const over = new AbortController();
  const heartbeat = createHeartbeat(monotonic);
  let observation: Observation | undefined;
  /** The Lease as this process wrote it last; undefined unless it leads. */
  let held: Lease | undefined;
  /** The time at which the last successful write began. Every observer saw the write later. */
  let renewedAt = 0;
  let deadline: NodeJS.Timeout | undefined;
  let renewing: Promise<void> | undefined;
  /** Candidates try every second or two. One log line reports that they fail. */
  let failing = false;

  async function acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      heartbeat.expectWithin(4 * renewDeadlineMs);
      try {
        if (await claim()) {
          heartbeat.rest();
          if (!signal.aborted) {
            renewing = renew();
            return true;
          }
          await release();
          return false;
        }
        failing = false;
      } catch (error) {
        if (!failing) log.warn({ err: error }, 'cannot take the Lease; retrying');
        failing = true;
      }
      await sleep(candidateWaitMs(timings, observation, monotonic(), random()), signal);
    }
    return false;
  }

  /**
   * Tries once. It never gives up half-way, since nobody would then know whether the process got the Lease.
   */
  async function claim(): Promise<boolean> {
    const lease = await lock.get({ timeoutMs });
    if (lease !== undefined) note(lease.record);
    if (observation !== undefined && lease !== undefined) {
      if (claimOf(observation, identity, monotonic()) === 'held') return false;
    }
    const record = claimRecord(lease?.record, identity, timings, now());
    const begun = monotonic();
    const had = await (lease === undefined
      ? lock.create(record, { timeoutMs })
      : lock.update(lease, record, { timeoutMs }));
    // Too late after a pause: the next try shows whether this process still has it.
    if (had === undefined || monotonic() - begun >= renewDeadlineMs) return false;
    keep(had, begun);
    log.info({ identity, transitions: record.transitions }, 'leading');
    return true;
  }

  function note(record: LeaseRecord): void {
    const before = observation?.record.holder;
    observation = observe(observation, record, monotonic());
    if (record.holder !== before && record.holder !== identity && record.holder !== '')
      log.info({ leader: record.holder }, 'another process leads');
  }

  function keep(lease: Lease, begun: number): void {
    held = lease;
    renewedAt = begun;
    arm();
  }

  const remainingMs = () => renewedAt + renewDeadlineMs - monotonic();

  function arm(): void {
    clearTimeout(deadline);
    deadline = setTimeout(() => {
      expire();
      // A timer may fire a fraction of a millisecond early.
      if (held !== undefined) arm();
    }, remainingMs());
  }

  function expire(): void {
    if (held !== undefined && remainingMs() <= 0)
      lose(`the Lease could not be renewed for ${renewDeadlineMs} ms`);
  }

  async function renew(): Promise<void> {
    while (held !== undefined) {
      await sleep(retryPeriodMs, over.signal);
      if (over.signal.aborted) return;
      try {
        await renewOnce();
      } catch (error) {
        if (held !== undefined) log.warn({ err: error }, 'cannot renew the Lease; retrying');
      }
    }
  }

  async function renewOnce(): Promise<void> {
    expire();
    if (held === undefined || (await write(held))) return;
    // The Lease has changed: by a write of this process whose answer was lost, by a person, or by a new
    // holder.
    const lease = await lock.get({ timeoutMs });
    if (held === undefined) return;
    if (lease === undefined) {
      const begun = monotonic();
      const made = await lock.create(renewedRecord(held.record, now()), { timeoutMs });
      if (made !== undefined && held !== undefined) keep(made, begun);
    } else if (!isSameTerm(lease.record, held.record)) {
      lose(`${lease.record.holder || 'nobody'} has the Lease now`);
    } else {
      await write(lease);
    }
  }

  async function write(lease: Lease): Promise<boolean> {
    const begun = monotonic();
    const renewed = await lock.update(lease, renewedRecord(lease.record, now()), { timeoutMs });
    if (renewed === undefined) return false;
    if (held !== undefined) keep(renewed, begun);
    return true;
  }

  /** Ends the term. It runs first, so that no write begins after it. */
  function end(): void {
    held = undefined;
    clearTimeout(deadline);
    over.abort();
  }

  function lose(why: string): void {
    end();
    log.error({ identity }, `this process no longer leads: ${why}`);
    lost.abort(new NotLeaderError(`this process no longer leads: ${why}`));
  }

  async function release(): Promise<void> {
    over.abort();
    await renewing;
    let lease = held;
    if (lease === undefined) return;
    end();
    try {
      const record = releasedRecord(lease.record, now());
      if ((await lock.update(lease, record, { timeoutMs })) !== undefined) return;
      const seen = await lock.get({ timeoutMs });
      if (seen === undefined || !isSameTerm(seen.record, lease.record)) return;
      lease = await lock.update(seen, record, { timeoutMs });
    } catch (error) {
      log.warn({ err: error }, 'cannot release the Lease: other replicas wait until it expires');
    }
  }

  return {
    acquire,
    lost: lost.signal,
    isAlive: heartbeat.isAlive,
    isLeader: () => held !== undefined && remainingMs() > 0,
    assertLeading() {
      expire();
      if (held === undefined) throw new NotLeaderError('nothing is written: this process does not lead');
    },
    release,
  };
}
