import { createFairQueue } from '../runtime/fair-queue.ts';
import { createTokenBucket, type TokenBucket } from '../runtime/token-bucket.ts';

/** The properties of a waiting event that decide its order. */
export interface Waiting {
  /** The namespace of the event. */
  readonly namespace: string;
  readonly type: 'Normal' | 'Warning';
}

/** A queue of events. Warnings go before all others, and namespaces take turns. */
export interface EventLine<E extends Waiting> {
  /**
   * Adds an event, or replaces the waiting one with that key. Returns false, and loses the event, if its
   * namespace has used up its share, or too many events wait.
   */
  add(key: string, event: E): boolean;
  take(): E | undefined;
  readonly size: number;
  clear(): void;
}

/**
 * The share of one namespace. It covers the events of two thousand new keys together. A user who makes a key
 * flap endlessly gets one event a second. KEPT_FOR_WARNINGS reserves the last tokens for Warnings.
 */
const OF_A_NAMESPACE = { burst: 2_000, perSecond: 1 };
const KEPT_FOR_WARNINGS = 200;
const MAX_WAITING = 5_000;
/** The number of events of each namespace that may wait, however many others do. */
const MAX_WAITING_BESIDE = 10;

/** Makes an empty queue. @param now a clock, in ms */
export function createEventLine<E extends Waiting>(now: () => number): EventLine<E> {
  const waiting = new Map<string, E>();
  /** The number of waiting events, by namespace. */
  const counts = new Map<string, number>();
  /** The remaining share of each namespace. A namespace that was quiet long enough has no entry. */
  const buckets = new Map<string, TokenBucket>();
  const queues = { Warning: byNamespace(), Normal: byNamespace() };

  function byNamespace() {
    return createFairQueue({
      classify: (key) => ({ group: '', flow: waiting.get(key)?.namespace ?? '', urgent: false }),
      limit: () => Number.POSITIVE_INFINITY,
    });
  }

  /** Takes the event from its namespace's share. Returns false if too little is left. */
  function spend({ namespace, type }: Waiting): boolean {
    const bucket = buckets.get(namespace) ?? createTokenBucket({ ...OF_A_NAMESPACE, now });
    // Keep the buckets in the order of their last use.
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
