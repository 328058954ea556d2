/** Reports that an object may have changed, so that a wait needn't poll. */
import { setTimeout as sleep } from 'node:timers/promises';
import { lineSplitter } from './supervisor-protocol.ts';

/** The changes of one object, for one who waits for it. */
export interface Changes {
  /** True while the watch is open. There is no telling otherwise. */
  readonly areHeard: boolean;
  /** Waits for the next change since the last call, or that long. */
  next(timeoutMs: number): Promise<void>;
  /** Stops listening. The watch ends some time after its last listener. */
  leave(): void;
}

/** The changes of all objects, by collection. */
export interface AllChanges {
  /** True while a watch of that collection is open. */
  areHeard(collection: string): boolean;
  /** Listens to one object; opens a watch of its collection where there is none. */
  of(collection: string, name: string): Changes;
}

interface Watch {
  readonly end: AbortController;
  /** Called at each change, by the objects' names. */
  readonly listeners: Map<string, Set<() => void>>;
  isOpen: boolean;
  /** Ends it while nobody listens. */
  lingering?: NodeJS.Timeout;
}

/**
 * Returns what listens to objects. All that listen to objects of a collection share one watch of it. It isn't opened
 * again where it breaks.
 * @param open watches a collection, what is there now first
 * @param lingerMs how long a watch goes on without a listener: a test waits for one thing after the other
 */
export function createChanges(
  open: (collection: string, signal: AbortSignal) => Promise<AsyncIterable<string>>,
  lingerMs = 2_000,
): AllChanges {
  const watches = new Map<string, Watch>();

  function watch(collection: string): Watch {
    const made: Watch = { end: new AbortController(), listeners: new Map(), isOpen: false };
    const split = lineSplitter((line) => {
      const { object }: { object?: { metadata?: { name?: string } } } = JSON.parse(line);
      for (const ring of made.listeners.get(object?.metadata?.name ?? '') ?? []) ring();
    });
    void (async () => {
      try {
        const texts = await open(collection, made.end.signal);
        made.isOpen = true;
        for await (const text of texts) split(text);
      } catch {
        // The server is away, or nobody listens any more.
      }
      made.isOpen = false;
      if (watches.get(collection) === made) watches.delete(collection);
      for (const ring of [...made.listeners.values()].flatMap((rings) => [...rings])) ring();
    })();
    watches.set(collection, made);
    return made;
  }

  function changesOf(collection: string, name: string): Changes {
    const joined = watches.get(collection) ?? watch(collection);
    clearTimeout(joined.lingering);
    const rings = joined.listeners.get(name) ?? new Set();
    joined.listeners.set(name, rings);
    let heard = Promise.withResolvers<void>();
    const ring = () => heard.resolve();
    rings.add(ring);
    return {
      get areHeard() {
        return joined.isOpen;
      },
      async next(timeoutMs) {
        const over = new AbortController();
        await Promise.race([
          heard.promise,
          sleep(timeoutMs, undefined, { signal: over.signal }).catch(() => {}),
        ]);
        over.abort();
        heard = Promise.withResolvers();
      },
      leave() {
        rings.delete(ring);
        if (rings.size === 0) joined.listeners.delete(name);
        if (joined.listeners.size > 0) return;
        clearTimeout(joined.lingering);
        joined.lingering = setTimeout(() => {
          if (watches.get(collection) === joined) watches.delete(collection);
          joined.end.abort();
        }, lingerMs).unref();
      },
    };
  }

  return {
    areHeard: (collection) => watches.get(collection)?.isOpen === true,
    of: changesOf,
  };
}
