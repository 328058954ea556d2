import type { Dispatcher } from 'undici';
import { DEFAULT_IAM_PATH } from '../api/names.ts';
import { type Config, MAX_CONCURRENCY } from '../config/config.ts';
import { storeTimes } from '../metrics/instruments.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { StoreContext } from '../objectstore/context.ts';
import { findAddressing, probeAddress } from '../provider/addressing.ts';
import { createIamStore } from '../provider/iam/store.ts';
import { IAM } from '../provider/iam/traits.ts';
import { createMinioStore } from '../provider/minio/admin.ts';
import { MINIO } from '../provider/minio/traits.ts';
import { splitKey } from '../runtime/key.ts';
import type { Timings } from './timings.ts';

/** The factor by which the limit of a distant store may exceed the configured one, up to the maximum. */
const FAR_AWAY = 4;

/** Returns the maximum number of concurrent reconciles for a distant store. */
export function maxConcurrency({ concurrency }: Config): number {
  return Math.max(concurrency, Math.min(MAX_CONCURRENCY, FAR_AWAY * concurrency));
}

/** The inputs of the stores' clients. */
export interface StoreClientOptions {
  readonly config: Config;
  readonly metrics: Metrics;
  /** Interceptors that see every request before the one that measures it. */
  readonly intercept: readonly Dispatcher.DispatcherComposeInterceptor[];
  /** True while keys wait for their turn. */
  readonly isWanted: () => boolean;
  readonly timings: Timings;
  readonly now: () => number;
}

/** Returns the function that finds out how clients may write a bucket's address in a store. */
export function addressingOf({ config }: Pick<StoreClientOptions, 'config'>): StoreContext['findAddressing'] {
  return ({ store, endpoint, caBundle }, signal) => {
    const address = probeAddress(endpoint);
    const options = {
      endpoint,
      owner: ownerOf(store),
      proxy: address && config.proxyFor(address),
      ...(caBundle !== undefined && { caBundle }),
    };
    return findAddressing(options, signal);
  };
}

/** Returns each provider, with the function that opens clients of its stores. */
export function createProviders(options: StoreClientOptions): StoreContext['providers'] {
  const { config, metrics, intercept, isWanted, timings, now } = options;
  const max = maxConcurrency(config);
  const proxyFor = (endpoint: string) => {
    const target = URL.parse(endpoint);
    return target === null ? undefined : config.proxyFor(target);
  };
  /** Returns the settings that clients of any provider have. */
  const shared = (store: string, caBundle: string | undefined) => ({
    owner: ownerOf(store),
    intercept: [...intercept, storeTimes(metrics, store)],
    concurrency: { min: config.concurrency, max, isWanted },
    ...(timings.storeTimeoutMs !== undefined && { timeoutMs: timings.storeTimeoutMs }),
    ...(caBundle !== undefined && { caBundle }),
    now,
  });
  return {
    MinIO: {
      ...MINIO,
      open: ({ caBundle, store, iam: _, ...rest }) =>
        createMinioStore({ ...rest, ...shared(store, caBundle), proxy: proxyFor(rest.endpoint) }),
    },
    IAM: {
      ...IAM,
      open({ caBundle, store, iam, ...rest }) {
        const { endpoint = rest.endpoint, path = DEFAULT_IAM_PATH, ...others } = iam ?? {};
        return createIamStore({
          ...rest,
          ...shared(store, caBundle),
          iam: { endpoint, path, ...others },
          proxyFor,
        });
      },
    },
  };
}

/**
 * Returns the owner of a store's endpoint. A user who may write ObjectStores in a namespace may make many of
 * them.
 */
function ownerOf(store: string): string {
  return splitKey(store).namespace ?? store;
}
