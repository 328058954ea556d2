/** A signal that aborts with the caller's own, or when its time is over. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Takes the time away; the caller's signal stays. */
  lift(): void;
  /** Lets go of the timer and of the caller's signal. Has to be called: signals outlive requests. */
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
