import { createKubeClient } from '../kube/client.ts';
import { kubeTimes } from '../metrics/instruments.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { startEndpoints } from '../server/endpoints.ts';
import { OPERATOR_VERSION } from '../version.ts';
import { findCluster } from './cluster.ts';
import { type Controllers, createControllers } from './controllers.ts';
import { createLeadership, type Leadership } from './leadership.ts';
import type { Operator } from './parts.ts';
import { createResources } from './resources.ts';
import { serve } from './serve.ts';
import { createWatches } from './watches.ts';

/** How long the last Events may take, before another replica is let in. */
const EVENTS_GRACE_MS = 1_000;

/**
 * Runs the operator until the signal aborts. Resolves, or rejects, when all that it opened is closed again, the last
 * first.
 * @throws NotLeaderError when this process was the leader and can't be sure any more that it is. Its reconciles have
 * been aborted, but it still has connections and watches: it is to exit at once. A new process is the one thing that
 * surely holds nothing of the term before
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
  const resources = createResources(client);
  const watches = releases.adopt(createWatches(resources, config, log), (it) => it.stop());
  const parts = { ...operator, metrics, leadership, client, cluster, resources, watches };
  const controllers = createControllers(parts, releases);
  serve(endpoints, parts, controllers);
  watches.start(controllers.enqueue);
  await Promise.race([watches.synced, aborted(signal)]);
  if (!signal.aborted) {
    endpoints.setReady();
    log.info({ cluster: cluster.name, clusterUid: cluster.uid, concurrency: config.concurrency }, 'ready');
  }
  await lead(parts, controllers, releases);
}

/** Waits until this process leads, and reconciles until the signal aborts or another process may lead. */
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
  // After a loss another one may work on the same keys: nothing is finished any more.
  await controllers.stop(leadership.lost.aborted ? 0 : config.shutdownGraceMs);
  if (!leadership.lost.aborted) return;
  // Nothing is closed in order: the process is to exit at once.
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
