/** The demo's store: buckets with something in them, and a store object that names the bed's MinIO or a VersityGW. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pair } from '../../../src/provider/provider.ts';
import type { Bed } from '../../bed/bed.ts';
import { createOperatorUser } from '../../bed/iam-operator.ts';
import { IAM_STORES } from '../../bed/iam-server.ts';
import { s3OfRoot } from './demo-s3.ts';
import { note, say } from './demo-say.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples');
export const KEY = { apiVersion: 'accesskeys.dev/v1alpha1', kind: 'AccessKey' };

/** A store that runs, and how an example leads to it. */
export interface DemoStore {
  readonly title: string;
  /** The S3 API. */
  readonly endpoint: string;
  readonly root: Pair;
  /** Lets the operator in. */
  readonly operator: Pair;
  /** The name of the Secret that holds the operator's pair. */
  readonly secretName: string;
  readonly example: string;
  /** The texts of the example that depend on the machine, with their replacements. */
  readonly replaced: Readonly<Record<string, string>>;
}

/** The stores that `--store` names. */
export const STORES = {
  async minio({ minio: { endpoint, rootUser, rootPassword } }: Bed): Promise<DemoStore> {
    const root = { accessKeyId: rootUser, secretAccessKey: rootPassword };
    return {
      ...{ title: 'MinIO', endpoint, root, operator: root, secretName: 'minio-admin', example: 'store.yaml' },
      replaced: { 'https://minio.storage.svc:9000': insecure(endpoint) },
    };
  },
  async versitygw(bed: Bed): Promise<DemoStore> {
    const server = await IAM_STORES.versitygw(bed);
    const { s3Endpoint: endpoint, endpoint: iamEndpoint, root } = server;
    const system = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } };
    const name = (await bed.api.get(system))?.metadata.uid ?? '';
    return {
      ...{ title: 'VersityGW', endpoint, root, operator: await createOperatorUser(server, { name }) },
      ...{ secretName: 'versitygw-operator', example: 'iam/versitygw.yaml' },
      replaced: {
        'name: versitygw\n': 'name: default\n',
        'https://versitygw.storage.svc:7070': insecure(endpoint),
        'https://versitygw-iam.storage.svc:7070': iamEndpoint,
      },
    };
  },
};

function insecure(endpoint: string): string {
  return endpoint.startsWith('http:') ? `${endpoint}\n  allowInsecure: true` : endpoint;
}

/** Makes buckets, applies the store's example with its Secret, and waits until the store is Ready. */
export async function prepareStore(bed: Bed, store: DemoStore): Promise<void> {
  const root = s3OfRoot(store);
  for (const bucket of ['photos', 'logs', 'payroll']) {
    await root.makeBucket(bucket);
    await root.putObject(bucket, 'hello.txt', `hello from ${bucket}`);
  }
  await bed.api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'storage' } });
  await applyExample(bed, store.example, store.replaced);
  const { accessKeyId, secretAccessKey } = store.operator;
  await bed.api.apply({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'storage', name: store.secretName } },
    stringData: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  });
  await untilReady(bed, { ...KEY, kind: 'ClusterObjectStore', metadata: { name: 'default' } });
}

/** Applies an example, with `replaced` in the place of what no file can know. */
export async function applyExample(
  { api }: Bed,
  file: string,
  replaced: DemoStore['replaced'] = {},
): Promise<void> {
  note(`kubectl apply -f examples/${file}`);
  let text = await readFile(join(EXAMPLES, file), 'utf8');
  for (const [what, by] of Object.entries(replaced)) text = text.replaceAll(what, by);
  await api.applyYaml(text);
}

/** Waits until an object is Ready as it is now, and says how long that took. */
export async function untilReady({ api }: Bed, ref: Parameters<Bed['api']['get']>[0]): Promise<void> {
  const started = performance.now();
  await api.waitFor(ref, 'Ready', (object) => {
    const ready = object?.status?.conditions?.find(({ type }) => type === 'Ready');
    return ready?.status === 'True' && object?.status?.['observedGeneration'] === object?.metadata.generation;
  });
  say(`${ref.kind} ${ref.metadata.name} is Ready after ${Math.round(performance.now() - started)} ms`);
}
