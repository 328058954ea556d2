interface Waiting {
  readonly start: () => void;
}

/** A mutex that is fair to the owners of the work: they take turns, however much each has waiting. */
export interface FairMutex {
  /**
   * Runs `work` when its turn comes, and settles as `work` does. One owner's pieces of work keep their order.
   * If `signal` aborts before the turn comes, `work` never runs and the promise rejects with the signal's
   * reason.
   */
  run<T>(owner: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** Makes a mutex that nobody holds. */
export function createFairMutex(): FairMutex {
  // The order of the Map's entries is the order of the owners' turns.
  const waiting = new Map<string, Waiting[]>();
  let running = false;

  function next(): void {
    const first = waiting.entries().next().value;
    if (running || first === undefined) return;
    const [owner, pieces] = first;
    const piece = pieces.shift();
    waiting.delete(owner);
    if (pieces.length > 0) waiting.set(owner, pieces);
    running = true;
    piece?.start();
  }

  function remove(owner: string, piece: Waiting): void {
    const pieces = waiting.get(owner)?.filter((other) => other !== piece) ?? [];
    if (pieces.length > 0) waiting.set(owner, pieces);
    else waiting.delete(owner);
  }

  return {
    run: async (owner, work, signal) => {
      signal?.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const giveUp = () => {
          remove(owner, piece);
          reject(signal?.reason);
        };
        const piece: Waiting = {
          start: () => {
            signal?.removeEventListener('abort', giveUp);
            resolve();
          },
        };
        signal?.addEventListener('abort', giveUp, { once: true });
        const pieces = waiting.get(owner);
        if (pieces) pieces.push(piece);
        else waiting.set(owner, [piece]);
        next();
      });
      try {
        return await work();
      } finally {
        running = false;
        next();
      }
    },
  };
}
