/** The pods that read a Secret: they stop working when its key is revoked. */
import type { KubeObject } from '../../kube/objects.ts';
import { kubeResource } from '../../kube/resource.ts';
import type { Kubernetes } from '../shell/kubernetes.ts';
import { listAll } from './list.ts';

interface Named {
  readonly name?: string;
}

interface Container {
  readonly env?: readonly { readonly valueFrom?: { readonly secretKeyRef?: Named } }[];
  readonly envFrom?: readonly { readonly secretRef?: Named }[];
}

/** The part of a Pod that names Secrets. */
export interface Pod extends KubeObject {
  readonly spec?: {
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly {
      readonly secret?: { readonly secretName?: string };
      readonly projected?: { readonly sources?: readonly { readonly secret?: Named }[] };
    }[];
  };
  readonly status?: { readonly phase?: string };
}

/** True if a pod takes the Secret as a variable or a file. */
export function reads({ spec = {} }: Pod, secretName: string): boolean {
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const named = [
    ...containers.flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name)),
    ...containers.flatMap(({ envFrom = [] }) => envFrom.map(({ secretRef }) => secretRef?.name)),
    ...(spec.volumes ?? []).map(({ secret }) => secret?.secretName),
    ...(spec.volumes ?? []).flatMap(({ projected }) =>
      (projected?.sources ?? []).map(({ secret }) => secret?.name),
    ),
  ];
  return named.includes(secretName);
}

/**
 * Returns the names of the namespace's running or pending pods that use the Secret.
 * @throws KubeError if the user may not list pods
 */
export async function podsReading(
  { client, namespace }: Kubernetes,
  secretName: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const pods = kubeResource<Pod>({ client, group: '', version: 'v1', plural: 'pods', namespaced: true });
  const all = await listAll(pods, { namespace, ...(signal && { signal }) });
  return all
    .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
    .filter((pod) => reads(pod, secretName))
    .map(({ metadata }) => metadata.name)
    .sort();
}
