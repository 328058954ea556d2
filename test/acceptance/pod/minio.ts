/** A MinIO in the cluster: the bed's program, in an image of its own. */
import type { Cluster } from './cluster.ts';
import { MINIO_IMAGE } from './image.ts';
import type { Store } from './steps.ts';

const NAMESPACE = 'storage';
/** The Service's address: a cluster of these tests may have no DNS, and its Services are in 10.96.0.0/16. */
const ADDRESS = '10.96.77.77';
const labels = { app: 'minio' };

function objects({ user, password }: Store['root']): object[] {
  const metadata = { namespace: NAMESPACE, name: 'minio' };
  const container = {
    name: 'minio',
    image: MINIO_IMAGE,
    imagePullPolicy: 'Never',
    args: ['server', '/data', '--certs-dir', '/data/certs'],
    envFrom: [{ secretRef: { name: 'minio' } }],
    readinessProbe: { httpGet: { port: 9000, path: '/minio/health/ready' }, periodSeconds: 1 },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  };
  const spec = {
    automountServiceAccountToken: false,
    containers: [container],
    volumes: [{ name: 'data', emptyDir: {} }],
  };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      stringData: { MINIO_ROOT_USER: user, MINIO_ROOT_PASSWORD: password },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { clusterIP: ADDRESS, selector: labels, ports: [{ port: 9000 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
  ];
}

/** Installs MinIO, whose image is on the nodes, and waits until it answers. */
export async function installMinio({ apply, kubectl }: Cluster, root: Store['root']): Promise<Store> {
  const [namespace, ...others] = objects(root);
  await apply(namespace ?? {});
  await apply(...others);
  await kubectl('-n', NAMESPACE, 'rollout', 'status', 'deployment/minio', '--timeout=120s');
  return { endpoint: `http://${ADDRESS}:9000`, root };
}
