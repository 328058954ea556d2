import { storeFacts } from '../metrics/inventory.ts';
import type { Endpoints } from '../server/endpoints.ts';
import type { Controllers } from './controllers.ts';
import type { Leadership } from './leadership.ts';
import type { Watches } from './watches.ts';

/**
 * Connects the endpoints to the watches and controllers: /livez to their loops, /metrics to their objects.
 */
export function serve(
  endpoints: Endpoints,
  { leadership, watches }: { readonly leadership: Leadership; readonly watches: Watches },
  { enqueue, all, states }: Controllers,
): void {
  endpoints.addLoops([...watches.reflectors, ...all]);
  endpoints.setUnsynced(watches.unsynced);
  endpoints.setInventory(() => ({
    leads: enqueue.isOpen() && leadership.isLeader(),
    queues: all.map(({ name, queue }) => ({ controller: name, depth: queue.length })),
    accessKeys: watches.accessKeys.values(),
    stores: storeFacts(watches.storeObjects.values(), states),
  }));
}
