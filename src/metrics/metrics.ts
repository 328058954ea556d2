import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { DRIFT_KINDS } from '../api/drift-kinds.ts';
import { END_CAUSES } from '../api/end-causes.ts';
import { createStoreRequests } from './store-requests.ts';

/** Buckets in seconds, from the answer of a cache to a timeout. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The names of the operator's own metrics: its own prefix, and those of controller-runtime and client-go. */
export const OPERATOR_METRIC = /^(?:accesskeys|controller_runtime|workqueue|rest_client)_/;

/** All metrics of the operator. */
export type Metrics = ReturnType<typeof createMetrics>;

/**
 * Makes every metric, all of them empty, in their own registry. Names and units follow Prometheus'
 * conventions (prometheus.io/docs/practices/naming). Common metrics have the names of controller-runtime and
 * client-go. No label holds an id or a host, and of the objects' names only a store's. Metrics that name
 * AccessKeys say so, and a setting limits their number.
 */
export function createMetrics(version: string) {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Histogram({ name, help, labelNames, registers, buckets: SECONDS });

  const metrics = {
    registry,
    reconciles: counter(
      'controller_runtime_reconcile_total',
      'Reconciles by result and by the reason of the Ready condition after them (Gone: the object was removed; Other: a reason that the operator does not write).',
      ['controller', 'result', 'reason'],
    ),
    reconcileSeconds: histogram('controller_runtime_reconcile_time_seconds', 'How long reconciles took.', [
      'controller',
      'result',
    ]),
    queueDepth: gauge('workqueue_depth', 'Objects waiting to be reconciled.', ['name', 'controller']),
    queueSeconds: histogram(
      'workqueue_queue_duration_seconds',
      'How long objects that were ready waited to be reconciled.',
      ['name', 'controller'],
    ),
    kubeRequestSeconds: histogram(
      'rest_client_request_duration_seconds',
      'Duration of requests to the API server, to the end of the answer, or to its beginning for a watch. The code is the HTTP status, its class if it is rare, or why there was no answer.',
      ['verb', 'resource', 'code'],
    ),
    storeRequestSeconds: histogram(
      'accesskeys_store_request_duration_seconds',
      "Duration of requests to stores, to the end of the answer, by the call of the store's administration. The code is the HTTP status, its class if it is rare, or why there was no answer.",
      ['store', 'operation', 'code'],
    ),
    keys: gauge(
      'accesskeys_keys',
      'AccessKeys by store (empty if no store has the name) and by the reason of their Ready condition. Only the leader reports them.',
      ['store', 'reason'],
    ),
    keysDeleting: gauge(
      'accesskeys_keys_deleting',
      'AccessKeys that are being deleted and are not revoked yet, by store. Only the leader reports them.',
      ['store'],
    ),
    keyExpiry: gauge(
      'accesskeys_key_expiry_timestamp_seconds',
      'When an AccessKey expires, for those that expire soonest. Only the leader reports it.',
      ['namespace', 'name'],
    ),
    keyRotation: gauge(
      'accesskeys_key_next_rotation_timestamp_seconds',
      "When the operator replaces an AccessKey's pair next, for the soonest ones. Only the leader reports it.",
      ['namespace', 'name'],
    ),
    keySeriesOmitted: gauge(
      'accesskeys_key_series_omitted',
      'AccessKeys that have no series of their own, because there are more than --metrics-key-series.',
      ['metric'],
    ),
    drift: counter(
      'accesskeys_drift_total',
      'Changes by somebody else that the operator found, by kind. It repairs each, or reports it in the status.',
      ['kind'],
    ),
    previousKeysEnded: counter(
      'accesskeys_previous_keys_ended_total',
      'Previous keys that were revoked, by the cause: their grace period was over, or they ended early.',
      ['cause'],
    ),
    storeReady: gauge(
      'accesskeys_store_ready',
      '1 if the store is usable, otherwise 0. Only the leader reports it.',
      ['store'],
    ),
    storeSync: gauge(
      'accesskeys_store_last_sync_timestamp_seconds',
      "When the operator last compared the store's users with the AccessKeys. Only the leader reports it.",
      ['store'],
    ),
    orphanedUsers: gauge(
      'accesskeys_orphaned_users',
      'Users of this operator in the store that belong to no AccessKey. Only the leader reports them.',
      ['store'],
    ),
    retainedUsers: gauge(
      'accesskeys_retained_users',
      'Users of this operator in the store that outlive their AccessKey (deletionPolicy: Retain), as the grants allow. Only the leader reports them.',
      ['store'],
    ),
    leader: gauge('accesskeys_leader', '1 if this process leads, otherwise 0.'),
    buildInfo: gauge('accesskeys_build_info', 'Always 1. The labels show the versions that run.', [
      'version',
      'node',
    ]),
  };
  const storeRequests = createStoreRequests(metrics.storeRequestSeconds);
  metrics.buildInfo.set({ version, node: process.version }, 1);
  metrics.leader.set(0);
  // Start at zero, so that the first one is a rise.
  for (const kind of DRIFT_KINDS) metrics.drift.inc({ kind }, 0);
  for (const cause of END_CAUSES) metrics.previousKeysEnded.inc({ cause }, 0);
  // A timer measures the event loop's delay. A higher frequency would keep an idle process busy.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1_000 });
  return { ...metrics, storeRequests };
}
