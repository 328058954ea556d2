import type { KubeClient } from '../kube/client.ts';
import { isForbidden } from '../kube/errors.ts';
import type { Namespace } from '../kube/objects.ts';
import type { Cluster } from '../ownership/names.ts';
import type { Log } from '../runtime/log.ts';
import { sleep } from '../runtime/sleep.ts';

/** The cluster's identity as the configuration gives it. */
export interface ClusterOptions {
  /** The name of the cluster; default: its UID. */
  readonly clusterName: string | undefined;
  /** The UID of the cluster, for an operator that may not read it. */
  readonly clusterUid: string | undefined;
}

const FORBIDDEN =
  'the operator may not read namespace kube-system, whose UID identifies this cluster in the stores; ' +
  'allow its ServiceAccount to get that namespace (a Role in it is enough), or set --cluster-uid; retrying';

/**
 * Finds the identity of this cluster. Only the API server knows its UID, so the operator asks until it
 * answers.
 * @returns undefined if the signal aborts first
 */
export async function findCluster(
  client: KubeClient,
  { clusterName: name, clusterUid: uid }: ClusterOptions,
  log: Log,
  signal: AbortSignal,
): Promise<Cluster | undefined> {
  if (uid !== undefined) return { name: name ?? uid, uid };
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
      if (isForbidden(error)) log.error({ err: error }, FORBIDDEN);
      else log.warn({ err: error }, 'cannot read the UID of namespace kube-system; retrying');
      await sleep(delayMs, signal);
    }
  }
  return undefined;
}
