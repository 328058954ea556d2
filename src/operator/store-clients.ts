import type { Dispatcher } from 'undici';
import { type Config, MOST_CONCURRENCY } from '../config/config.ts';
import { storeTimes } from '../metrics/instruments.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { StoreContext } from '../objectstore/context.ts';
import { MINIO_ACTIONS } from '../provider/minio/actions.ts';
import { createMinioStore } from '../provider/minio/admin.ts';
import { type Concurrency, createConcurrency } from '../runtime/adaptive-limit.ts';
import { splitKey } from '../runtime/key.ts';

/** So many times what the configuration says, and no more than it could, where a store is far away. */
const FAR_AWAY = 4;

/** How many keys of one store are worked on at once, where it is far away. */
export function maxConcurrency({ concurrency }: Config): number {
  return Math.max(concurrency, Math.min(MOST_CONCURRENCY, FAR_AWAY * concurrency));
}

/** What the clients of the stores are made with. */
export interface StoreClientOptions {
  readonly config: Config;
  readonly metrics: Metrics;
  /** Each sees every request, before those that measure. */
  readonly intercept: readonly Dispatcher.DispatcherComposeInterceptor[];
  /** True while keys wait for their turn. */
  readonly isWanted: () => boolean;
  /** The adaptive limit of each store that has a client, by the store's key. */
  readonly limits: Map<string, Concurrency>;
  readonly now: () => number;
}

/** Returns each provider, with what opens clients of its stores. */
export function createProviders(options: StoreClientOptions): StoreContext['providers'] {
  const { config, metrics, intercept, isWanted, limits, now } = options;
  const most = maxConcurrency(config);
  return {
    MinIO: {
      actions: MINIO_ACTIONS,
      open({ caBundle, store, ...rest }) {
        const limit = createConcurrency({ least: config.concurrency, most, isWanted });
        limits.set(store, limit);
        return createMinioStore({
          ...rest,
          // Whoever may write ObjectStores in a namespace may make many of them.
          owner: splitKey(store).namespace ?? store,
          intercept: [...intercept, storeTimes(metrics, store, limit)],
          connections: most,
          ...(caBundle !== undefined && { caBundle }),
          now,
        });
      },
    },
  };
}
