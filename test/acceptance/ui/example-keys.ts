/** Keys as a company of some size has them: for the demo of the page, and for its pictures. */
import type { Ref } from '../../bed/api.ts';
import type { Bed } from '../../bed/bed.ts';

const API = 'accesskeys.dev/v1alpha1';

interface Example {
  readonly namespace: string;
  readonly name: string;
  readonly spec: object;
  readonly annotations?: Readonly<Record<string, string>>;
}

const limited = (...bucketAccess: readonly object[]) => ({ limited: true, bucketAccess });
const bucket = (bucketName: string, permissions: string, more: object = {}) => ({
  ...{ bucketName, permissions },
  ...more,
});

const EXAMPLES: readonly Example[] = [
  {
    namespace: 'shop',
    name: 'nightly-backup',
    spec: {
      label: 'Nightly backup',
      ...limited(bucket('backups', 'read_write', { create: true, deletion: false })),
      rotation: { interval: '720h' },
    },
  },
  {
    namespace: 'shop',
    name: 'invoices',
    spec: {
      label: 'Invoices (old checkout)',
      ...limited(bucket('invoices', 'read_only', { create: true })),
      disabled: true,
    },
  },
  {
    namespace: 'analytics',
    name: 'monthly-reports',
    spec: {
      label: 'Monthly reports',
      ...limited(
        bucket('logs', 'read_only', { prefixes: ['2026/', '2027/'] }),
        bucket('reports', 'read_write', { create: true }),
      ),
      expiresAt: '2099-12-31T00:00:00Z',
      rotation: { interval: '2160h', gracePeriod: '48h' },
    },
  },
  {
    namespace: 'analytics',
    name: 'clickstream',
    annotations: {
      'argocd.argoproj.io/tracking-id': 'analytics:accesskeys.dev/AccessKey:analytics/clickstream',
    },
    spec: { label: 'Clickstream ingest', ...limited(bucket('clicks', 'read_write', { create: true })) },
  },
  {
    namespace: 'media',
    name: 'transcoder',
    spec: {
      label: 'Video transcoder',
      storeRef: { name: 'media' },
      ...limited(bucket('media-source', 'read_only'), bucket('media-output', 'read_write')),
      rotation: { interval: '168h', gracePeriod: '12h' },
    },
  },
  {
    namespace: 'media',
    name: 'thumbnails',
    spec: {
      label: 'Thumbnails',
      storeRef: { name: 'media' },
      ...limited(bucket('media-output', 'read_only'), bucket('payroll', 'read_only')),
    },
  },
];

/** Makes a store of the media team beside the store `default`, and keys in three namespaces; waits for none of it. */
export async function makeExampleKeys({ api, minio }: Bed): Promise<void> {
  for (const name of ['shop', 'analytics', 'media'])
    await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await api.apply({
    apiVersion: API,
    kind: 'ClusterObjectStore',
    metadata: { name: 'media' },
    spec: {
      endpoint: minio.endpoint,
      allowInsecure: minio.endpoint.startsWith('http:'),
      ...(minio.caPem && { caBundle: minio.caPem }),
      credentialsRef: { namespace: 'storage', name: 'minio-admin' },
      grants: [{ namespaces: { names: ['media'] }, buckets: ['media-*', '{namespace}.*'] }],
    },
  });
  for (const { namespace, name, spec, annotations = {} } of EXAMPLES)
    await api.apply(objectOf(namespace, name, annotations, spec));
}

function objectOf(namespace: string, name: string, annotations: object, spec: object) {
  const metadata: Ref['metadata'] & { annotations: object } = { namespace, name, annotations };
  return { apiVersion: API, kind: 'AccessKey', metadata, spec };
}
