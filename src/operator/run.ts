import { createKubeClient } from '../kube/client.ts';
import { createClientset } from '../kube/clientset.ts';
import { kubeTimes } from '../metrics/instruments.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { startEndpoints } from '../server/endpoints.ts';
import { OPERATOR_VERSION } from '../version.ts';
import { findCluster } from './cluster.ts';
import { type Controllers, createControllers } from './controllers.ts';
import { createLeadership, type Leadership } from './leadership.ts';
import type { Operator } from './parts.ts';
import { serve } from './serve.ts';
import { createWatches } from './watches.ts';

/** The longest time for the last Events, before another replica may lead. */
const EVENTS_GRACE_MS = 1_000;

/**
 * Runs the operator until the signal aborts. Before it resolves or rejects, it closes everything that it
 * opened, in reverse order.
 * @throws NotLeaderError when this process has led and can no longer be sure that it does. Its reconciles
 * have been aborted, but its connections and watches are still open, so the caller has to exit immediately.
 * Only a new process is sure to hold nothing of the earlier term
 */
export async function run(operator: Operator): Promise<void> {
  await using releases = new AsyncDisposableStack();
  const { config, connection, log, signal } = operator;
  const metrics = createMetrics(OPERATOR_VERSION);
  const leadership = releases.adopt(leadershipOf(operator, kubeTimes(metrics)), (it) => it.close());
  const endpoints = releases.adopt(await startEndpoints(config, metrics, log), (it) => it.close());
  endpoints.addLoops([{ ...leadership, name: 'leader election' }]);
  const client = releases.adopt(
    createKubeClient(connection, {
      userAgent: 'access-key-operator',
      intercept: [...leadership.intercept, kubeTimes(metrics)],
    }),
    (it) => it.close(),
  );
  const cluster = await findCluster(client, config, log, signal);
  if (!cluster) return;
  const clientset = createClientset(client);
  const watches = releases.adopt(createWatches(clientset, operator), (it) => it.stop());
  const parts = { ...operator, metrics, leadership, client, cluster, clientset, watches };
  const controllers = createControllers(parts, releases);
  serve(endpoints, parts, controllers);
  watches.start(controllers.enqueue, controllers.onAppeared);
  await Promise.race([watches.synced, aborted(signal)]);
  if (!signal.aborted) {
    endpoints.setReady();
    log.info({ cluster: cluster.name, clusterUid: cluster.uid, concurrency: config.concurrency }, 'ready');
  }
  await lead(parts, controllers, releases);
}

/** Waits until this process leads. Reconciles until the signal aborts or another process may lead. */
async function lead(
  { leadership, config, signal }: Operator & { readonly leadership: Leadership },
  controllers: Controllers,
  releases: AsyncDisposableStack,
): Promise<void> {
  if (!(await leadership.acquire(signal))) return;
  releases.defer(() => leadership.release());
  releases.defer(() => controllers.events.flush(EVENTS_GRACE_MS));
  releases.defer(() => controllers.stop(0));
  await controllers.start();
  await Promise.race([aborted(signal), aborted(leadership.lost)]);
  // After a loss, another process may work on the same keys, so this one finishes nothing.
  await controllers.stop(leadership.lost.aborted ? 0 : config.shutdownGraceMs);
  if (!leadership.lost.aborted) return;
  // Close nothing in order: the process exits immediately.
  releases.move();
  leadership.lost.throwIfAborted();
}

function leadershipOf(
  { config, connection, log, instance, now, random, randomBytes }: Operator,
  observe: ReturnType<typeof kubeTimes>,
): Leadership {
  const { leaderElection } = config;
  const identity = leaderElection.identity ?? `${instance}_${randomBytes(6).toString('hex')}`;
  return createLeadership({
    config: leaderElection,
    connection,
    log,
    observe: [observe],
    identity,
    now,
    random,
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
