import { retryAfterOf } from './backoff.ts';
import { splitKey } from './key.ts';
import type { Log } from './log.ts';
import { sleep } from './sleep.ts';
import type { Workqueue } from './workqueue.ts';
import { loopTurns } from './yield.ts';

/**
 * What is to happen with a key after a reconcile that went well: nothing until it changes (undefined or Infinity), or again
 * after a time.
 */
export interface Action {
  readonly requeueAfterMs?: number | undefined;
}

/** Why the signal of a reconcile aborts that takes too long. */
class ReconcileTimeout extends Error {
  override readonly name = 'ReconcileTimeout';

  constructor(timeoutMs: number) {
    super(`the reconcile took longer than ${timeoutMs} ms`);
  }
}

/** True if a signal's reason is that the reconcile took too long, and not that the operator ends. */
export function isTimeout(reason: unknown): boolean {
  return reason instanceof ReconcileTimeout;
}

/** The result of one reconcile. */
export interface Reconciled {
  readonly key: string;
  readonly outcome: 'done' | 'requeued' | 'retried' | 'stopped';
  readonly durationMs: number;
  /** The error of `retried`. */
  readonly error?: unknown;
}

export interface ControllerOptions {
  /** For the log. */
  readonly name: string;
  /** The keys to reconcile. Ends with the controller. */
  readonly queue: Workqueue;
  /** How many keys are worked on at once. */
  readonly concurrency: number;
  /**
   * Brings the world to what the object of that key asks for. It is given a key, never an event, and looks for
   * itself. Returning means done (or again after a time); throwing means again after a backoff, and not before
   * the error's `retryAfterMs`. It is never run twice at once for one key, and has to end soon after its signal aborts.
   */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Action>;
  readonly log: Log;
  /** After this time the signal of a reconcile aborts. Default 60 s. */
  readonly timeoutMs?: number;
  /** How long a reconcile may take to end once its signal has aborted. Default 5 s. */
  readonly abortGraceMs?: number;
  readonly onResult?: ((result: Reconciled) => void) | undefined;
}

/** Works on the keys of a queue. Started once, stopped once. */
export interface Controller {
  readonly name: string;
  readonly queue: Workqueue;
  /** Whether keys that are ready are being taken: false only where the workers have died or hang. */
  isTurning(): boolean;
  start(): void;
  /**
   * Takes no new work; what is running may finish for `graceMs`, then its signal aborts. Resolves when all of it
   * has ended, or the grace after the abort is over.
   */
  stop(graceMs: number): Promise<void>;
}

/** For a machine that is busy, or a process that was paused. */
const STALL_SLACK_MS = 60_000;

/** Makes a controller. Keys may be queued before it starts. */
export function createController(options: ControllerOptions): Controller {
  const { name, queue, concurrency, reconcile, log } = options;
  const { timeoutMs = 60_000, abortGraceMs = 5_000, onResult } = options;
  const running = new Map<string, { readonly abort: AbortController; readonly ended: Promise<void> }>();
  let started = false;
  let stopped: Promise<void> | undefined;

  async function work(): Promise<void> {
    for (;;) {
      const key = await queue.get();
      if (key === undefined) return;
      // Not before: all that wait for a key would have passed already.
      await loopTurns.pass();
      // Nothing begins after the stop, when nobody waits for it any more.
      if (stopped !== undefined) return;
      await run(key);
    }
  }

  /** Ends when the reconcile has, or when it has shown that it ignores its signal: then only its key stays taken. */
  async function run(key: string): Promise<void> {
    const startedAt = performance.now();
    const abort = new AbortController();
    const over = new AbortController();
    const ended = settle(key, abort.signal, startedAt).finally(() => {
      running.delete(key);
      queue.done(key);
      // With a reason, since otherwise an error with its stack is made for each.
      over.abort('over');
    });
    running.set(key, { abort, ended });
    await sleep(timeoutMs, over.signal);
    if (over.signal.aborted) return;
    abort.abort(new ReconcileTimeout(timeoutMs));
    await sleep(abortGraceMs, over.signal);
    if (over.signal.aborted) return;
    log.error(
      { controller: name, ...splitKey(key) },
      'a reconcile ignores its signal: its key waits until it ends, others go on',
    );
    queue.vacate(key);
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
      result = failed(key, error);
    }
    try {
      onResult?.({ key, durationMs: performance.now() - startedAt, ...result });
    } catch (error) {
      log.error({ controller: name, ...splitKey(key), err: error }, 'the observer of results failed');
    }
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

  return {
    name,
    queue,
    // A worker has its next key after this time at the latest, whatever the reconcile before does.
    isTurning: () => !started || queue.stalledMs() <= timeoutMs + abortGraceMs + STALL_SLACK_MS,
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
