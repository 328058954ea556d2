import { isToBeRevoked } from '../accesskey/rotation/lifetime.ts';
import type { Config } from '../config/config.ts';
import { queueTimes } from '../metrics/instruments.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { storeKeyOf } from '../objectstore/store-kinds.ts';
import type { StoreState } from '../objectstore/store-state.ts';
import { createBackoff } from '../runtime/backoff.ts';
import type { Classification } from '../runtime/fair-queue.ts';
import { splitKey } from '../runtime/key.ts';
import { createWorkqueue } from '../runtime/workqueue.ts';
import type { Queues } from './enqueue.ts';
import type { Timings } from './timings.ts';
import type { Watches } from './watches.ts';

/** The limit for usable stores, and again for unusable ones, which delay only each other. */
const STORE_CONCURRENCY = 16;
/** Enough workers for usable and unusable stores, with their urgent keys. */
export const STORE_WORKERS = 4 * STORE_CONCURRENCY;

/** The inputs that order the queues. */
export interface QueueOptions {
  readonly config: Config;
  readonly metrics: Metrics;
  readonly watches: Watches;
  readonly states: ReadonlyMap<string, StoreState>;
  readonly timings: Timings;
  readonly now: () => number;
  readonly random: () => number;
}

/** Makes the queues. AccessKeys of a store share its limit. Unusable stores wait apart from the others. */
export function createQueues(options: QueueOptions): Queues {
  const { config, metrics, watches, states, timings, now, random } = options;
  const retry = { baseMs: timings.retryBaseMs, maxMs: timings.retryMaxMs, random };
  const classifyKey = (key: string): Classification => {
    const accessKey = watches.accessKeys.get(key);
    const flow = splitKey(key).namespace ?? '';
    if (!accessKey) return { group: '', flow, urgent: false };
    return { group: storeKeyOf(accessKey), flow, urgent: isToBeRevoked(accessKey, now()) };
  };
  const classifyStore = (key: string): Classification => ({
    group: states.get(key)?.view.kind === 'notReady' ? 'unusable' : 'usable',
    flow: splitKey(key).namespace ?? '',
    urgent: false,
  });
  return {
    accessKeys: createWorkqueue({
      backoff: createBackoff(retry),
      fairness: {
        classify: classifyKey,
        limit: (store) => states.get(store)?.client?.concurrency() ?? config.concurrency,
      },
      onTaken: queueTimes(metrics, 'accesskey'),
    }),
    objectStores: createWorkqueue({
      backoff: createBackoff(retry),
      fairness: { classify: classifyStore, limit: () => STORE_CONCURRENCY },
      onTaken: queueTimes(metrics, 'objectstore'),
    }),
    sweeps: createWorkqueue({ backoff: createBackoff(retry), onTaken: queueTimes(metrics, 'sweep') }),
  };
}
