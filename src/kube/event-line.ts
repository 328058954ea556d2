import { createFairQueue } from '../runtime/fair-queue.ts';
import { createTokenBucket, type TokenBucket } from '../runtime/token-bucket.ts';

/** What decides about an event that is to be written. */
export interface Waiting {
  /** Where it is written. */
  readonly namespace: string;
  readonly type: 'Normal' | 'Warning';
}

/** Events that wait to be written: Warnings before all others, and namespaces in turns. */
export interface EventLine<E extends Waiting> {
  /**
   * Adds an event, or puts it in the place of the one with that key that waits. Returns false where its namespace has
   * written, or too many wait: then the event is lost.
   */
  add(key: string, event: E): boolean;
  take(): E | undefined;
  readonly size: number;
  clear(): void;
}

/**
 * Of one namespace: two thousand new keys at once have their events, and whoever makes a key flap without end has one a
 * second. The last of them are for Warnings.
 */
const OF_A_NAMESPACE = { burst: 2_000, perSecond: 1 };
const KEPT_FOR_WARNINGS = 200;
const MAX_WAITING = 5_000;
/** So many of each namespace may wait, however many wait of others. */
const MAX_WAITING_BESIDE = 10;

/** Makes an empty line. @param now a clock, in ms */
export function createEventLine<E extends Waiting>(now: () => number): EventLine<E> {
  const waiting = new Map<string, E>();
  /** How many wait, by namespace. */
  const counts = new Map<string, number>();
  /** What each namespace may write; of one that was quiet for long enough nothing is kept. */
  const buckets = new Map<string, TokenBucket>();
  const queues = { Warning: byNamespace(), Normal: byNamespace() };

  function byNamespace() {
    return createFairQueue({
      placeOf: (key) => ({ group: '', flow: waiting.get(key)?.namespace ?? '', urgent: false }),
      limit: () => Number.POSITIVE_INFINITY,
    });
  }

  /** Takes it off what the namespace may write. */
  function spend({ namespace, type }: Waiting): boolean {
    const bucket = buckets.get(namespace) ?? createTokenBucket({ ...OF_A_NAMESPACE, now });
    // The one that was used last comes last.
    buckets.delete(namespace);
    for (const [quiet, old] of buckets) {
      if (!old.isFull()) break;
      buckets.delete(quiet);
    }
    buckets.set(namespace, bucket);
    return bucket.take(type === 'Warning' ? 0 : KEPT_FOR_WARNINGS);
  }

  return {
    add(key, event) {
      const { namespace } = event;
      if (!waiting.has(key)) {
        const count = counts.get(namespace) ?? 0;
        if (waiting.size >= MAX_WAITING && count >= MAX_WAITING_BESIDE) return false;
        if (!spend(event)) return false;
        counts.set(namespace, count + 1);
      }
      waiting.set(key, event);
      queues[event.type].add(key);
      return true;
    },
    take() {
      for (const queue of [queues.Warning, queues.Normal]) {
        const key = queue.take();
        const event = key === undefined ? undefined : waiting.get(key);
        if (key === undefined || event === undefined) continue;
        queue.release(key);
        waiting.delete(key);
        const left = (counts.get(event.namespace) ?? 1) - 1;
        if (left > 0) counts.set(event.namespace, left);
        else counts.delete(event.namespace);
        return event;
      }
      return undefined;
    },
    get size() {
      return waiting.size;
    },
    clear() {
      waiting.clear();
      counts.clear();
      queues.Warning.clear();
      queues.Normal.clear();
    },
  };
}
