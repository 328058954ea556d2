/** The code of the error by which a deadline aborts its signal. */
export const NO_ANSWER = 'ERR_NO_ANSWER_IN_TIME';

/** No answer came within a deadline. The connection fails its request with this error. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code = NO_ANSWER;
}

/** A signal that aborts with the caller's own, or when its time is over. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The first cause of the abort; undefined before it. */
  readonly ended: 'aborted' | 'timeout' | undefined;
  /** Removes the time limit. The caller's signal stays. */
  lift(): void;
  /**
   * Releases the timer and the caller's signal. Every caller has to call it, since signals outlive requests.
   */
  end(): void;
}

/** Starts a deadline of `ms` milliseconds under the caller's signal, if there is one. */
export function startDeadline(parent: AbortSignal | undefined, ms: number): Deadline {
  const controller = new AbortController();
  let ended: Deadline['ended'];
  const stop = (how: Deadline['ended'], reason: unknown) => {
    ended ??= how;
    controller.abort(reason);
  };
  const abort = () => stop('aborted', parent?.reason);
  const late = () => stop('timeout', new NoAnswerError(`no answer within ${ms} ms`));
  const timer = setTimeout(late, ms);
  if (parent?.aborted) abort();
  else parent?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    get ended() {
      return ended;
    },
    lift: () => clearTimeout(timer),
    end() {
      clearTimeout(timer);
      parent?.removeEventListener('abort', abort);
    },
  };
}
