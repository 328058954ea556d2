import type { Backoff } from './backoff.ts';
import { createBackoff } from './backoff.ts';
import { createFairQueue, type FairQueueOptions } from './fair-queue.ts';

/**
 * The longest wait of one timer. Node fires a longer one immediately (nodejs.org/api/timers.html,
 * setTimeout).
 */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * A queue of keys to work on. It holds a key once however often it is added, and never hands out a key that
 * is being worked on. A key that is added meanwhile comes again once it is done. The oldest key goes first;
 * groups and flows take turns.
 *
 * Handing out a key clears its delay: every run says when the next one is due.
 */
export interface Workqueue {
  add(key: string): void;
  /**
   * Adds the key after `ms` milliseconds; never for Infinity. Of two delays, the one that ends earlier
   * counts.
   */
  addAfter(key: string, ms: number): void;
  /** Adds the key after its backoff, and not before `floorMs`. Returns the delay in ms. */
  addRateLimited(key: string, floorMs?: number): number;
  /** Starts the key's backoff from the beginning. */
  forget(key: string): void;
  /**
   * Resolves with the next key, or with undefined once the queue is shut down. The caller has to call `done`.
   */
  get(): Promise<string | undefined>;
  done(key: string): void;
  /** Calls back, from now on, when a key is added that is being worked on. */
  onAddedWhileTaken(tell: (key: string) => void): void;
  /** Gives the room of a key that doesn't seem to end to other keys of its group. */
  vacate(key: string): void;
  /** The number of ready keys. It counts neither keys being worked on nor delayed ones. */
  readonly length: number;
  /** Returns for how long a key has been ready while none was handed out, in ms; 0 while none waits. */
  stalledMs(): number;
  /** Drops the waiting keys, takes no more, and ends every `get`. Keys being worked on stay untouched. */
  shutDown(): void;
}

/** Options of a workqueue. */
export interface WorkqueueOptions {
  readonly backoff?: Backoff;
  /** A monotonic clock, in ms. */
  readonly now?: () => number;
  /** The keys that may delay each other; default: all of them. */
  readonly fairness?: FairQueueOptions | undefined;
  /** Reports how long each key that is handed out was ready, in ms. */
  readonly onTaken?: ((waitedMs: number) => void) | undefined;
}

/** Makes an empty queue. Its timers keep the process alive until `shutDown`. */
export function createWorkqueue(options: WorkqueueOptions = {}): Workqueue {
  const { backoff = createBackoff(), now = () => performance.now(), onTaken } = options;
  /** The keys to work on. Each is in `queue`, or will be once it is done. */
  const dirty = new Set<string>();
  const processing = new Set<string>();
  /** The dirty keys that nobody works on, in the order in which they came. */
  const queue = createFairQueue(options.fairness);
  /** The time at which each of them became ready, in the same order. */
  const readySince = new Map<string, number>();
  let takenAt = 0;
  const delayed = new Map<string, { readonly readyAt: number; timer: NodeJS.Timeout }>();
  const waiting: ((key: string | undefined) => void)[] = [];
  let closed = false;
  let tellAddedWhileTaken: (key: string) => void = () => {};

  function handOut(): void {
    while (waiting.length > 0) {
      const key = queue.take();
      if (key === undefined) return;
      takenAt = now();
      onTaken?.(takenAt - (readySince.get(key) ?? takenAt));
      readySince.delete(key);
      dirty.delete(key);
      processing.add(key);
      cancelDelay(key);
      waiting.shift()?.(key);
    }
  }

  function cancelDelay(key: string): void {
    clearTimeout(delayed.get(key)?.timer);
    delayed.delete(key);
  }

  function add(key: string): void {
    if (closed) return;
    if (processing.has(key)) {
      dirty.add(key);
      tellAddedWhileTaken(key);
      return;
    }
    if (dirty.has(key)) {
      // A change may have made it urgent.
      queue.add(key);
      handOut();
      return;
    }
    dirty.add(key);
    enqueue(key);
    handOut();
  }

  function enqueue(key: string): void {
    readySince.set(key, now());
    queue.add(key);
  }

  function addAfter(key: string, ms: number): void {
    if (Number.isNaN(ms)) throw new RangeError(`the delay of ${key} is not a number`);
    if (closed) return;
    if (ms <= 0) {
      add(key);
      return;
    }
    const readyAt = now() + ms;
    const before = delayed.get(key);
    if (before !== undefined && before.readyAt <= readyAt) return;
    cancelDelay(key);
    if (ms !== Number.POSITIVE_INFINITY) arm(key, readyAt, ms);
  }

  function arm(key: string, readyAt: number, ms: number): void {
    const step = Math.min(ms, MAX_TIMER_MS);
    const timer = setTimeout(() => {
      if (ms > step) {
        arm(key, readyAt, ms - step);
        return;
      }
      delayed.delete(key);
      add(key);
    }, step);
    delayed.set(key, { readyAt, timer });
  }

  return {
    add,
    addAfter,
    addRateLimited(key, floorMs) {
      const ms = backoff.next(key, floorMs);
      addAfter(key, ms);
      return ms;
    },
    forget: (key) => backoff.forget(key),
    get() {
      if (closed) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        waiting.push(resolve);
        handOut();
      });
    },
    done(key) {
      if (!processing.delete(key) || closed) return;
      queue.release(key);
      if (dirty.has(key)) enqueue(key);
      handOut();
    },
    onAddedWhileTaken(tell) {
      tellAddedWhileTaken = tell;
    },
    vacate(key) {
      queue.release(key);
      handOut();
    },
    get length() {
      return queue.size;
    },
    stalledMs() {
      for (const since of readySince.values()) return now() - Math.max(since, takenAt);
      return 0;
    },
    shutDown() {
      closed = true;
      for (const { timer } of delayed.values()) clearTimeout(timer);
      delayed.clear();
      queue.clear();
      readySince.clear();
      dirty.clear();
      for (const take of waiting.splice(0)) take(undefined);
    },
  };
}
