/** A signal that aborts with the caller's own, or when its time is over. */
export interface Deadline {
  readonly signal: AbortSignal;
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
  const abort = () => controller.abort(parent?.reason);
  const timer = setTimeout(() => controller.abort(new Error(`no answer within ${ms} ms`)), ms);
  if (parent?.aborted) abort();
  else parent?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    lift: () => clearTimeout(timer),
    end() {
      clearTimeout(timer);
      parent?.removeEventListener('abort', abort);
    },
  };
}
