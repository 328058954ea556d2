import { GROUP, VERSION } from '../api/names.ts';
import type { AccessKey } from '../api/schema/accesskey.ts';
import type { ClusterObjectStore } from '../api/schema/clusterobjectstore.ts';
import type { ObjectStore } from '../api/schema/objectstore.ts';
import type { KubeClient } from './client.ts';
import type { ConfigMap, Namespace, Secret } from './objects.ts';
import { kubeResource } from './resource.ts';

/** The calls of each kind that the operator and its command line read or write. */
export type Clientset = ReturnType<typeof createClientset>;

/** Makes the calls of each kind, over one client. */
export function createClientset(client: KubeClient) {
  const custom = { client, group: GROUP, version: VERSION };
  const core = { client, group: '', version: 'v1' };
  return {
    accessKeys: kubeResource<AccessKey>({ ...custom, plural: 'accesskeys', namespaced: true }),
    clusterStores: kubeResource<ClusterObjectStore>({
      ...custom,
      plural: 'clusterobjectstores',
      namespaced: false,
    }),
    namespacedStores: kubeResource<ObjectStore>({ ...custom, plural: 'objectstores', namespaced: true }),
    secrets: kubeResource<Secret>({ ...core, plural: 'secrets', namespaced: true }),
    configMaps: kubeResource<ConfigMap>({ ...core, plural: 'configmaps', namespaced: true }),
    namespaces: kubeResource<Namespace>({ ...core, plural: 'namespaces', namespaced: false }),
  };
}
