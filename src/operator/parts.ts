import type { Config } from '../config/config.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Clientset } from '../kube/clientset.ts';
import type { Connection } from '../kube/connection.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Cluster } from '../ownership/names.ts';
import type { RandomBytes } from '../ownership/new-pair.ts';
import type { Log } from '../runtime/log.ts';
import type { Leadership } from './leadership.ts';
import type { Timings } from './timings.ts';
import type { Watches } from './watches.ts';

/** The inputs of an operator. */
export interface Operator {
  readonly config: Config;
  readonly connection: Connection;
  readonly log: Log;
  /** Stops the operator when it aborts. */
  readonly signal: AbortSignal;
  /** The name of the pod or host, for Events. */
  readonly instance: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly randomBytes: RandomBytes;
  readonly timings: Timings;
}

/** The parts that the controllers share. */
export interface Parts extends Operator {
  readonly metrics: Metrics;
  readonly leadership: Leadership;
  readonly client: KubeClient;
  readonly cluster: Cluster;
  readonly clientset: Clientset;
  readonly watches: Watches;
}
