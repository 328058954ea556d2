import type { Config } from '../config/config.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Connection } from '../kube/connection.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Cluster } from '../ownership/names.ts';
import type { RandomBytes } from '../ownership/new-pair.ts';
import type { Log } from '../runtime/log.ts';
import type { Leadership } from './leadership.ts';
import type { Resources } from './resources.ts';
import type { Watches } from './watches.ts';

/** All that an operator is given from outside. */
export interface Operator {
  readonly config: Config;
  readonly connection: Connection;
  readonly log: Log;
  /** Ends the operator when it aborts. */
  readonly signal: AbortSignal;
  /** The pod's name, or the host's, for Events. */
  readonly instance: string;
  readonly now: () => number;
  readonly random: () => number;
  readonly randomBytes: RandomBytes;
}

/** What the controllers are made of. */
export interface Parts extends Operator {
  readonly metrics: Metrics;
  readonly leadership: Leadership;
  readonly client: KubeClient;
  readonly cluster: Cluster;
  readonly resources: Resources;
  readonly watches: Watches;
}
