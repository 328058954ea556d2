import { listAll } from '../keys/list.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { storeNameOf } from '../shell/store-ref.ts';
import type { Names } from './words.ts';

/** Returns the names of that kind in the cluster, as far as the user may list them. @throws KubeError */
export async function namesOf(
  { accessKeys, clusterStores, namespacedStores, namespaces, namespace }: Kubernetes,
  kind: Names,
  signal: AbortSignal,
): Promise<string[]> {
  if (kind === 'namespace') return namesIn(await listAll(namespaces, { signal }));
  if (kind === 'store') {
    const [cluster, own] = await Promise.allSettled([
      listAll(clusterStores, { signal }),
      listAll(namespacedStores, { namespace, signal }),
    ]);
    const found = <T>(result: PromiseSettledResult<T[]>) =>
      result.status === 'fulfilled' ? result.value : [];
    return [
      ...namesIn(found(cluster)),
      ...namesIn(found(own)).map((name) => storeNameOf({ kind: 'ObjectStore', name })),
    ];
  }
  const keys = await listAll(accessKeys, { namespace, signal });
  if (kind === 'name') return namesIn(keys);
  const buckets = keys.flatMap(({ spec }) => (spec.bucketAccess ?? []).map(({ bucketName }) => bucketName));
  const all = [...new Set(buckets)].sort();
  return kind === 'bucket'
    ? all
    : all.flatMap((bucket) => [`${bucket}=read_only`, `${bucket}=read_write`, `${bucket}=none`]);
}

function namesIn(list: readonly { readonly metadata: { readonly name: string } }[]): string[] {
  return list.map(({ metadata }) => metadata.name).sort();
}
