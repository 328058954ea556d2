import type { Cluster } from './accesskey/identity.ts';
import type { KubeClient } from './kube/client.ts';
import type { Namespace } from './kube/objects.ts';
import type { Log } from './runtime/log.ts';
import { sleep } from './runtime/sleep.ts';

/**
 * Who this cluster is: its UID, which only the API server knows, is asked for until it answers.
 * @param name what the cluster is called; the UID where nobody says
 * @returns undefined if the signal aborts first
 */
export async function findCluster(
  client: KubeClient,
  name: string | undefined,
  log: Log,
  signal: AbortSignal,
): Promise<Cluster | undefined> {
  for (let delayMs = 500; !signal.aborted; delayMs = Math.min(2 * delayMs, 15_000)) {
    try {
      const { metadata } = await client.request<Namespace>({
        method: 'GET',
        path: '/api/v1/namespaces/kube-system',
        signal,
      });
      return { name: name ?? metadata.uid, uid: metadata.uid };
    } catch (error) {
      if (signal.aborted) return undefined;
      log.warn({ err: error }, 'the API server does not tell the UID of namespace kube-system; trying again');
      await sleep(delayMs, signal);
    }
  }
  return undefined;
}
