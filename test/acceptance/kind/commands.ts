/** The arguments of kind and docker. */
import { IMAGE } from '../pod/image.ts';

/** A cluster of its own for a run: a control plane, and two nodes for pods. */
export function clusterConfig(): object {
  return {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    // Where MinIO's Service has its address (test/acceptance/pod/minio.ts).
    networking: { serviceSubnet: '10.96.0.0/16' },
    nodes: [{ role: 'control-plane' }, { role: 'worker' }, { role: 'worker' }],
  };
}

export interface KindCluster {
  readonly name: string;
  readonly kubeconfig: string;
  /** A file with clusterConfig(). */
  readonly config: string;
  /** Default: the one that this version of kind was made with. */
  readonly nodeImage?: string | undefined;
}

export function createArgs({ name, kubeconfig, config, nodeImage }: KindCluster): string[] {
  const image = nodeImage ? ['--image', nodeImage] : [];
  return [
    'create',
    'cluster',
    '--name',
    name,
    '--kubeconfig',
    kubeconfig,
    '--config',
    config,
    '--wait',
    '3m',
    ...image,
  ];
}

export function loadArgs({ name }: Pick<KindCluster, 'name'>, archive: string): string[] {
  return ['load', 'image-archive', '--name', name, archive];
}

export function deleteArgs({ name, kubeconfig }: Pick<KindCluster, 'name' | 'kubeconfig'>): string[] {
  return ['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfig];
}

/** docker build of the operator's image. @param root the project's folder */
export function buildArgs(root: string): string[] {
  return ['build', '--build-arg', `VERSION=${IMAGE.tag}`, '--tag', `${IMAGE.repository}:${IMAGE.tag}`, root];
}

export function saveArgs(archive: string): string[] {
  return ['save', '--output', archive, `${IMAGE.repository}:${IMAGE.tag}`];
}

/** Ends a container's program by SIGKILL. @param node the name of a node, which is its docker container's too */
export function killArgs(node: string, container: string): string[] {
  return ['exec', node, 'ctr', '--namespace', 'k8s.io', 'task', 'kill', '--signal', 'SIGKILL', container];
}
