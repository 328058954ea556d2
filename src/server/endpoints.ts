import type { Config } from '../config/config.ts';
import type { ListenAddress } from '../config/parse.ts';
import { SETTINGS } from '../config/settings.ts';
import { type Inventory, takeInventory } from '../metrics/inventory.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Log } from '../runtime/log.ts';
import { type Loop, livez, readyz } from './health.ts';
import { serveHttp } from './http.ts';
import { shareAnswer } from './scrape.ts';

/** The HTTP endpoints of the process. Each part of the operator adds to them when it starts. */
export interface Endpoints {
  /** Makes /livez fail while one of these loops doesn't go on. */
  addLoops(loops: readonly Loop[]): void;
  /** Sets the function by which /readyz names the caches that it waits for. */
  setUnsynced(names: () => readonly string[]): void;
  /** Makes /readyz pass. */
  setReady(): void;
  /** Sets the function by which /metrics counts the objects at each scrape. */
  setInventory(take: () => Inventory): void;
  /** Closes every connection. */
  close(): Promise<void>;
}

/**
 * Serves the probes and the metrics at their own addresses, if the configuration has them, and logs the
 * addresses. A client of the metrics therefore can't delay the kubelet's probes. The metrics address serves
 * the probes as well, since older manifests ask there.
 * @throws ConfigError if it can't listen at an address
 */
export async function startEndpoints(
  { httpAddress, probeAddress, metricsKeySeries }: Config,
  metrics: Metrics,
  log: Log,
): Promise<Endpoints> {
  await using servers = new AsyncDisposableStack();
  const loops: Loop[] = [];
  let isReady = false;
  let unsynced: () => readonly string[] = () => [];
  let inventory: (() => Inventory) | undefined;
  const { registry } = metrics;
  const probes = { '/livez': () => livez(loops), '/readyz': () => readyz(isReady, unsynced()) };
  const renderMetrics = shareAnswer(async () => {
    if (inventory !== undefined) await takeInventory(metrics, inventory(), metricsKeySeries);
    return { status: 200, body: await registry.metrics(), contentType: registry.contentType };
  });
  if (httpAddress !== undefined) {
    const paths = { ...probes, '/metrics': renderMetrics };
    const server = await serveHttp(SETTINGS.httpAddress.flag, httpAddress, paths);
    servers.defer(() => server.close());
    log.info({ address: server.address }, 'serving');
  }
  if (probeAddress !== undefined && !isSame(probeAddress, httpAddress)) {
    const server = await serveHttp(SETTINGS.probeAddress.flag, probeAddress, probes);
    servers.defer(() => server.close());
    log.info({ address: server.address }, 'serving probes');
  }
  const open = servers.move();
  return {
    addLoops: (more) => void loops.push(...more),
    setUnsynced: (names) => {
      unsynced = names;
    },
    setReady: () => {
      isReady = true;
    },
    setInventory: (take) => {
      inventory = take;
    },
    close: () => open.disposeAsync(),
  };
}

/** True if one server serves both. Port 0 (any free port) is never the same. */
function isSame(one: ListenAddress, other: ListenAddress | undefined): boolean {
  return one.port !== 0 && one.port === other?.port && one.host === other.host;
}
