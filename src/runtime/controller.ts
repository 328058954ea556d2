import { retryAfterOf } from './backoff.ts';
import { splitKey } from './key.ts';
import type { Log } from './log.ts';
import { sleep } from './sleep.ts';
import type { Workqueue } from './workqueue.ts';
import { eventLoop } from './yield.ts';

/**
 * The time to reconcile a key again after a success: at its next change (undefined or Infinity), or after a
 * time.
 */
export interface Action {
  readonly requeueAfterMs?: number | undefined;
}

/** The abort reason of a reconcile that takes too long. */
class ReconcileTimeout extends Error {
  override readonly name = 'ReconcileTimeout';

  constructor(timeoutMs: number) {
    super(`the reconcile took longer than ${timeoutMs} ms`);
  }
}

/** The abort reason of a reconcile that stands in the way of what its object needs now. */
class ReconcileOvertaken extends Error {
  override readonly name = 'ReconcileOvertaken';

  constructor() {
    super('the object has changed, and needs another reconcile first');
  }
}

/** True if a signal aborted because the reconcile took too long, not because the operator ends. */
export function isTimeout(reason: unknown): boolean {
  return reason instanceof ReconcileTimeout;
}

/** The result of one reconcile. */
export interface Reconciled {
  readonly key: string;
  readonly outcome: 'done' | 'requeued' | 'retried' | 'stopped';
  readonly durationMs: number;
  /** The error of a `retried` one. */
  readonly error?: unknown;
}

/** Options of a controller. */
export interface ControllerOptions {
  /** For the log. */
  readonly name: string;
  /** The keys to reconcile. The queue ends with the controller. */
  readonly queue: Workqueue;
  /** The maximum number of concurrent reconciles. */
  readonly concurrency: number;
  /**
   * Makes the world match the object of that key. It gets a key, never an event, and reads the state itself.
   * When it returns, the key is done or due again after a time. When it throws, the key is due after a
   * backoff, and not before the error's `retryAfterMs`. It never runs twice at the same time for one key, and
   * has to end soon after its signal aborts.
   */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Action>;
  readonly log: Log;
  /**
   * Returns the time after which a reconcile's signal aborts, in ms. The controller asks again when it is
   * over, since it may grow meanwhile. Default: 60 s for each key.
   */
  readonly timeoutMs?: (key: string) => number;
  /**
   * True if the reconcile that runs for the key delays what its object needs now. The controller asks when
   * the key is added meanwhile. It aborts the reconcile and begins the next one immediately. Default: never.
   */
  readonly isOvertaken?: (key: string) => boolean;
  /** The time for such a reconcile to end unaborted, since most are about to. Default 3 s. */
  readonly overtakenGraceMs?: number;
  /** The maximum time until a reconcile ends after its signal has aborted. Default 5 s. */
  readonly abortGraceMs?: number;
  readonly onResult?: ((result: Reconciled) => void) | undefined;
}

/** Workers that reconcile the keys of a queue. It starts once and stops once. */
export interface Controller {
  readonly name: string;
  readonly queue: Workqueue;
  /** True unless keys are ready and no worker takes one, because the workers have died or hang. */
  isAlive(): boolean;
  start(): void;
  /**
   * Takes no new work. Running reconciles may finish for `graceMs`, then their signals abort. Resolves when
   * all have ended, or when the grace after the abort is over.
   */
  stop(graceMs: number): Promise<void>;
}

const TIMEOUT_MS = 60_000;
const OVERTAKEN_GRACE_MS = 3_000;
/** Slack for a busy machine or a paused process. */
const STALL_SLACK_MS = 60_000;

/** One reconcile that runs. */
interface Running {
  readonly abort: AbortController;
  /** Aborts when it has ended. */
  readonly over: AbortSignal;
  readonly ended: Promise<void>;
  /** The longest time that it has been given so far, in ms. */
  limitMs: number;
  /** True from when it was first found overtaken. */
  overtaken: boolean;
}

/** Makes a controller. Its queue takes keys before it starts. */
export function createController(options: ControllerOptions): Controller {
  const { name, queue, concurrency, reconcile, log } = options;
  const { timeoutMs = () => TIMEOUT_MS, abortGraceMs = 5_000, onResult } = options;
  const { isOvertaken = () => false, overtakenGraceMs = OVERTAKEN_GRACE_MS } = options;
  const running = new Map<string, Running>();
  let started = false;
  let stopped: Promise<void> | undefined;

  async function work(): Promise<void> {
    for (;;) {
      const key = await queue.get();
      if (key === undefined) return;
      // Pause only here: before `get`, every waiting worker would have paused already.
      await eventLoop.yield();
      // Nothing begins after the stop, when nobody waits for it.
      if (stopped !== undefined) return;
      await run(key);
    }
  }

  /** Runs a reconcile until it ends, or until it has ignored its signal. Then only its key stays taken. */
  async function run(key: string): Promise<void> {
    const startedAt = performance.now();
    const abort = new AbortController();
    const over = new AbortController();
    const ended = settle(key, abort.signal, startedAt).finally(() => {
      running.delete(key);
      queue.done(key);
      // Pass a reason; otherwise each abort makes an error with its stack.
      over.abort('over');
    });
    const own: Running = { abort, over: over.signal, ended, limitMs: timeoutMs(key), overtaken: false };
    running.set(key, own);
    for (let waitMs = own.limitMs; waitMs > 0; waitMs = own.limitMs - (performance.now() - startedAt)) {
      await sleep(waitMs, over.signal);
      if (over.signal.aborted) return;
      own.limitMs = Math.max(own.limitMs, timeoutMs(key));
    }
    abort.abort(new ReconcileTimeout(own.limitMs));
    await sleep(abortGraceMs, over.signal);
    if (over.signal.aborted) return;
    log.error(
      { controller: name, ...splitKey(key) },
      'a reconcile ignores its signal: its key waits until it ends; other keys continue',
    );
    queue.vacate(key);
  }

  /** Aborts the key's reconcile if it stays in the way of what its object needs now. */
  async function overtake(key: string): Promise<void> {
    const own = running.get(key);
    if (!own || own.overtaken || !isOvertaken(key)) return;
    own.overtaken = true;
    await sleep(overtakenGraceMs, own.over);
    if (own.over.aborted) return;
    own.overtaken = isOvertaken(key);
    if (own.overtaken) own.abort.abort(new ReconcileOvertaken());
  }

  async function settle(key: string, signal: AbortSignal, startedAt: number): Promise<void> {
    let result: Pick<Reconciled, 'outcome' | 'error'>;
    try {
      const { requeueAfterMs } = await reconcile(key, signal);
      const again = requeueAfterMs !== undefined && requeueAfterMs !== Number.POSITIVE_INFINITY;
      if (again) queue.addAfter(key, requeueAfterMs);
      queue.forget(key);
      result = { outcome: again ? 'requeued' : 'done' };
    } catch (error) {
      result = signal.reason instanceof ReconcileOvertaken ? overtaken(key) : failed(key, error);
    }
    try {
      onResult?.({ key, durationMs: performance.now() - startedAt, ...result });
    } catch (error) {
      log.error({ controller: name, ...splitKey(key), err: error }, 'the observer of results failed');
    }
  }

  function overtaken(key: string): Pick<Reconciled, 'outcome'> {
    log.info({ controller: name, ...splitKey(key) }, 'a reconcile was aborted: its object needs another one');
    queue.forget(key);
    queue.add(key);
    return { outcome: 'requeued' };
  }

  function failed(key: string, error: unknown): Pick<Reconciled, 'outcome' | 'error'> {
    if (stopped !== undefined) return { outcome: 'stopped' };
    const retryInMs = Math.round(queue.addRateLimited(key, retryAfterOf(error)));
    log.warn(
      { controller: name, ...splitKey(key), retryInMs, err: error },
      'reconcile failed and will be retried',
    );
    return { outcome: 'retried', error };
  }

  /** Returns the longest time that a running reconcile may take. */
  function longestMs(): number {
    return Math.max(TIMEOUT_MS, ...[...running.values()].map(({ limitMs }) => limitMs));
  }

  async function drain(graceMs: number): Promise<void> {
    queue.shutDown();
    const all = () => Promise.all([...running.values()].map(({ ended }) => ended));
    await within(graceMs, all());
    if (running.size === 0) return;
    for (const { abort } of running.values()) abort.abort(new Error('the controller is stopping'));
    await within(abortGraceMs, all());
    if (running.size > 0)
      log.error({ controller: name, keys: [...running.keys()] }, 'reconciles that did not end');
  }

  queue.onAddedWhileTaken((key) => void overtake(key));

  return {
    name,
    queue,
    // A worker takes its next key within this time, however the reconcile before it behaves.
    isAlive: () => !started || queue.stalledMs() <= longestMs() + abortGraceMs + STALL_SLACK_MS,
    start() {
      if (started) throw new Error(`controller ${name} was started before`);
      started = true;
      for (let worker = 0; worker < concurrency; worker++) void work();
    },
    stop(graceMs) {
      stopped ??= drain(graceMs);
      return stopped;
    },
  };
}

async function within(ms: number, what: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([what, sleep(ms, over.signal)]);
  over.abort();
}
