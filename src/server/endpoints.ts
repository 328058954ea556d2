import type { Config } from '../config/config.ts';
import { type Inventory, takeInventory } from '../metrics/inventory.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Log } from '../runtime/log.ts';
import { type Loop, livez, readyz } from './health.ts';
import { type HttpServer, serveHttp } from './http.ts';

/** What the endpoints tell of a running operator; it changes as the operator comes up. */
export interface Shown {
  readonly loops: Loop[];
  synced: boolean;
  /** undefined until there are caches. */
  inventory: (() => Inventory) | undefined;
}

/**
 * Serves /livez, /readyz and /metrics, if they are wanted, and logs where.
 * @throws ConfigError where the address can't be had
 */
export async function startEndpoints(
  { httpAddress, metricsKeySeries }: Config,
  metrics: Metrics,
  shown: Shown,
  log: Log,
): Promise<HttpServer | undefined> {
  if (httpAddress === undefined) return undefined;
  const { registry } = metrics;
  const server = await serveHttp(httpAddress, {
    '/livez': () => livez(shown.loops),
    '/readyz': () => readyz(shown.synced),
    '/metrics': async () => {
      if (shown.inventory !== undefined) takeInventory(metrics, shown.inventory(), metricsKeySeries);
      return { status: 200, body: await registry.metrics(), contentType: registry.contentType };
    },
  });
  log.info({ address: server.address }, 'serving');
  return server;
}
