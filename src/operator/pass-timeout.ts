import type { Store } from '../provider/provider.ts';

/** The timeout of a pass whose store answers in time, in ms. */
const MIN_MS = 60_000;
/** The time of a pass for all that isn't a slow request, in ms. */
const REST_MS = 15_000;
/** The number of requests of a pass that may each take as long as the store's client waits. */
const SLOW_REQUESTS = 3;

/**
 * Returns the timeout of a key's pass, in ms. It grows with the time that the store's client waits for one
 * answer. A store that loses its request in the middle has to do it from the beginning.
 */
export function passTimeoutMs(client: Pick<Store, 'patienceMs'> | undefined): number {
  return Math.max(MIN_MS, REST_MS + SLOW_REQUESTS * (client?.patienceMs() ?? 0));
}
