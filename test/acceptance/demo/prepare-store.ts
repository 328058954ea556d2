/** The demo's store: buckets with something in them, and a store object that names the bed's MinIO. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bed } from '../../bed/bed.ts';
import { s3OfRoot } from './demo-s3.ts';
import { note, say } from './demo-say.ts';

const EXAMPLES = join(import.meta.dirname, '..', '..', '..', 'examples');
export const KEY = { apiVersion: 'accesskeys.dev/v1alpha1', kind: 'AccessKey' };

/** Makes buckets, applies examples/store.yaml with its Secret, and waits until the store is Ready. */
export async function prepareStore(bed: Bed): Promise<void> {
  const root = s3OfRoot(bed.minio);
  for (const bucket of ['photos', 'logs', 'payroll']) {
    await root.makeBucket(bucket);
    await root.putObject(bucket, 'hello.txt', `hello from ${bucket}`);
  }
  await applyExample(bed, 'store.yaml');
  const credentials = {
    AWS_ACCESS_KEY_ID: bed.minio.rootUser,
    AWS_SECRET_ACCESS_KEY: bed.minio.rootPassword,
  };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'storage', name: 'minio-admin' },
  };
  await bed.api.apply({ ...secret, stringData: credentials });
  await untilReady(bed, { ...KEY, kind: 'ClusterObjectStore', metadata: { name: 'default' } });
}

/** Applies an example to the bed's own MinIO, whose endpoint no file can know. */
export async function applyExample({ api, minio }: Bed, file: string): Promise<void> {
  note(`kubectl apply -f examples/${file}`);
  const text = await readFile(join(EXAMPLES, file), 'utf8');
  const endpoint = minio.endpoint.startsWith('http:')
    ? `${minio.endpoint}\n  allowInsecure: true`
    : minio.endpoint;
  await api.applyYaml(text.replaceAll('https://minio.storage.svc:9000', endpoint));
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
