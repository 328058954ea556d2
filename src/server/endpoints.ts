import type { Config } from '../config/config.ts';
import type { ListenAddress } from '../config/parse.ts';
import { SETTINGS } from '../config/settings.ts';
import { type Inventory, takeInventory } from '../metrics/inventory.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Log } from '../runtime/log.ts';
import { type Loop, livez, readyz } from './health.ts';
import { type HttpServer, serveHttp } from './http.ts';
import { shareAnswer } from './scrape.ts';

/** What the endpoints tell of a running operator; it changes as the operator comes up. */
export interface Shown {
  readonly loops: Loop[];
  synced: boolean;
  /** undefined until there are caches. */
  inventory: (() => Inventory) | undefined;
}

/**
 * Serves the probes at their own address and the metrics at theirs, if they are wanted, and logs where. Whoever can
 * reach the metrics can't keep the kubelet from its answer. The probes are at both, since older manifests ask there.
 * @throws ConfigError where an address can't be had
 */
export async function startEndpoints(
  { httpAddress, probeAddress, metricsKeySeries }: Config,
  metrics: Metrics,
  shown: Shown,
  log: Log,
): Promise<Pick<HttpServer, 'close'>> {
  const { registry } = metrics;
  const probes = {
    '/livez': () => livez(shown.loops),
    '/readyz': () => readyz(shown.synced),
  };
  const renderMetrics = shareAnswer(async () => {
    if (shown.inventory !== undefined) takeInventory(metrics, shown.inventory(), metricsKeySeries);
    return { status: 200, body: await registry.metrics(), contentType: registry.contentType };
  });
  const servers: HttpServer[] = [];
  const close = async () => {
    await Promise.all(servers.map((server) => server.close()));
  };
  try {
    if (httpAddress !== undefined) {
      const server = await serveHttp(SETTINGS.httpAddress.flag, httpAddress, {
        ...probes,
        '/metrics': renderMetrics,
      });
      servers.push(server);
      log.info({ address: server.address }, 'serving');
    }
    if (probeAddress !== undefined && !isSame(probeAddress, httpAddress)) {
      const server = await serveHttp(SETTINGS.probeAddress.flag, probeAddress, probes);
      servers.push(server);
      log.info({ address: server.address }, 'serving probes');
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

/** True if one server serves both; any free port is never the same. */
function isSame(one: ListenAddress, other: ListenAddress | undefined): boolean {
  return one.port !== 0 && one.port === other?.port && one.host === other.host;
}
