import type { Dispatcher } from 'undici';
import type { ControllerOptions, Reconciled } from '../runtime/controller.ts';
import type { WorkqueueOptions } from '../runtime/workqueue.ts';
import type { Metrics } from './metrics.ts';
import { kubeOperation, storeOperation } from './operations.ts';
import { timeRequests } from './request-times.ts';

const isWatch = (path: string) => path.includes('watch=true');

/** Makes an interceptor that times the requests of a client of the API server. */
export function kubeTimes({ kubeRequestSeconds }: Metrics): Dispatcher.DispatcherComposeInterceptor {
  return timeRequests(({ method, path, code, seconds }) => {
    kubeRequestSeconds.observe({ ...kubeOperation(method, path), code }, seconds);
  }, isWatch);
}

/** Makes an interceptor that times the requests of a client of that store. */
export function storeTimes(
  { storeRequests }: Metrics,
  store: string,
): Dispatcher.DispatcherComposeInterceptor {
  return timeRequests(({ path, body, code, seconds }) => {
    storeRequests.observe({ store, operation: storeOperation(path, body), code }, seconds);
  });
}

/** controller-runtime's words for how a reconcile ended; `stopped` is the operator's own. */
const RESULTS: Readonly<Record<Reconciled['outcome'], string>> = {
  done: 'success',
  requeued: 'requeue_after',
  retried: 'error',
  stopped: 'stopped',
};

/**
 * Returns a function that counts a controller's results.
 * @param reasonOf the reason of the Ready condition of a key's object; undefined if the object is gone
 */
export function reconcileTimes(
  { reconciles, reconcileSeconds }: Metrics,
  controller: string,
  reasonOf: (key: string) => string | undefined,
): NonNullable<ControllerOptions['onResult']> {
  return ({ key, outcome, durationMs }) => {
    const result = RESULTS[outcome];
    reconciles.inc({ controller, result, reason: reasonOf(key) ?? 'Gone' });
    reconcileSeconds.observe({ controller, result }, durationMs / 1_000);
  };
}

/** Returns a function that records how long the keys of a controller's queue wait. */
export function queueTimes(
  { queueSeconds }: Metrics,
  controller: string,
): NonNullable<WorkqueueOptions['onTaken']> {
  return (waitedMs) => queueSeconds.observe({ name: controller, controller }, waitedMs / 1_000);
}
