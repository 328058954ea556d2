import { isForbidden } from '../../kube/errors.ts';
import { ofClusterObjectStore, ofObjectStore, type StoreObject } from '../../objectstore/store-kinds.ts';
import { listAll } from '../keys/list.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';

/**
 * Lists the stores that a key of the namespace may name, as far as the user may; the cluster's come first.
 */
export async function visibleStores(
  { clusterStores, namespacedStores, namespace }: Kubernetes,
  signal: AbortSignal,
): Promise<StoreObject[]> {
  const [cluster, own] = await Promise.all([
    allowed(listAll(clusterStores, { signal })),
    allowed(listAll(namespacedStores, { namespace, signal })),
  ]);
  const byName = (a: StoreObject, b: StoreObject) => (a.metadata.name < b.metadata.name ? -1 : 1);
  return [...cluster.map(ofClusterObjectStore).sort(byName), ...own.map(ofObjectStore).sort(byName)];
}

async function allowed<T>(list: Promise<T[]>): Promise<T[]> {
  try {
    return await list;
  } catch (error) {
    if (isForbidden(error)) return [];
    throw error;
  }
}
