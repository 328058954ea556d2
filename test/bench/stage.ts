/** The stage of all parts of a benchmark: one bed, stores on it, operators, and AccessKeys by the thousand. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bundle, buildBundle } from '../../scripts/build.ts';
import { API_VERSION } from '../../src/api/names.ts';
import { createMinioStore, type MinioStore } from '../../src/provider/minio/admin.ts';
import { type Bed, startBed } from '../bed/bed.ts';
import { imageOf } from '../bed/image.ts';
import { installFinalizerPolicy, untilFinalizersAdded } from '../bed/install.ts';
import type { MinioData } from '../bed/minio.ts';
import { type Operator, startOperator } from '../bed/operator.ts';
import { sweepsOf } from '../bed/sweeps.ts';
import { inPod } from './in-pod.ts';

export interface Stage {
  readonly bed: Bed;
  /** The program of the operators: the bundle of the image. */
  readonly bundle: Bundle;
  /** The pids of the bed's servers, by their names; MinIO's changes with each of its starts. */
  readonly pids: { readonly apiserver: number; readonly etcd: number; readonly minio: number };
  readonly kubeconfig: string;
  readonly admin: MinioStore;
  /** Makes a ClusterObjectStore, for the bed's MinIO or the endpoint of a proxy before one. */
  store(name: string, options?: { minio?: MinioData; endpoint?: string }): Promise<void>;
  /** Removes it, while no operator runs and no key uses it. */
  removeStore(name: string): Promise<void>;
  namespace(name: string): Promise<void>;
  /**
   * Starts an operator with the flags and the environment that the image has, as in a pod if that is possible, and
   * waits until it has swept all stores; if another one leads, until it is ready.
   */
  operator(options?: StageOperator): Promise<Operator>;
  end(): Promise<void>;
}

/** The maximum time of a start until all stores are swept: with 100,000 keys, minutes on a busy machine. */
const SWEPT_MS = 600_000;

export interface StageOperator {
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  /** True if it should lead; default true. */
  readonly leads?: boolean;
  /** The stores to wait for that the stage didn't make. */
  readonly otherStores?: readonly string[];
}

/** Starts the bed, and builds what the image has. @param say gets lines on the build of the bed's programs */
export async function setStage(say: (line: string) => void): Promise<Stage> {
  const bed = await startBed({ log: say });
  const dist = join(bed.folder, 'dist');
  const bundle = await buildBundle(dist);
  const pod = await inPod(bed);
  if (!pod) say('no mount namespace here: operators read a kubeconfig, which takes about 18 MiB of memory');
  const image = imageOf(readFileSync(join(import.meta.dirname, '..', '..', 'Dockerfile'), 'utf8'));
  const { api, minio, supervisor } = bed;
  const rootPair = { accessKeyId: minio.rootUser, secretAccessKey: minio.rootPassword };
  const admin = createMinioStore({ endpoint: minio.endpoint, credentials: rootPair });
  const stores = new Set<string>();
  const pidOf = async (name: string) => (await supervisor.attach(name)).pid;
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'storage' } });
  await installFinalizerPolicy(api);
  return {
    bed,
    bundle,
    pids: {
      apiserver: bed.apiserver.pid,
      etcd: await pidOf('etcd'),
      get minio() {
        return minio.pid;
      },
    },
    kubeconfig: await bed.kubeconfig(),
    admin,
    async store(name, { minio: at = minio, endpoint = at.endpoint } = {}) {
      const credentials = { AWS_ACCESS_KEY_ID: at.rootUser, AWS_SECRET_ACCESS_KEY: at.rootPassword };
      const metadata = { name, namespace: 'storage' };
      await api.create({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: credentials });
      await api.create({
        apiVersion: API_VERSION,
        kind: 'ClusterObjectStore',
        metadata: { name },
        spec: {
          endpoint,
          allowInsecure: true,
          credentialsRef: metadata,
          grants: [{ namespaces: { all: true }, buckets: ['*'] }],
        },
      });
      stores.add(name);
    },
    async removeStore(name) {
      const store = { apiVersion: API_VERSION, kind: 'ClusterObjectStore', metadata: { name } };
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'storage' } };
      for (const ref of [store, secret]) {
        await api.patch(ref, { metadata: { finalizers: null } });
        await api.delete(ref);
      }
      stores.delete(name);
    },
    async namespace(name) {
      await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    },
    async operator({ args = [], execArgv = [], leads = true, otherStores = [] } = {}) {
      const operator = await startOperator({
        bed,
        kubeconfig: pod ? undefined : await bed.kubeconfig(),
        through: pod?.through ?? [],
        entry: join(dist, 'main.mjs'),
        args,
        execArgv: [...image.execArgv, ...execArgv],
        env: { ...image.env, ...pod?.env },
      });
      await operator.ready;
      if (!leads) return operator;
      await untilSwept(operator, [...stores, ...otherStores]);
      for (const name of stores)
        await untilFinalizersAdded(api, 'storage', { kind: 'ClusterObjectStore', name });
      return operator;
    },
    async end() {
      await admin.close();
      await bed.stop();
    },
  };
}

async function untilSwept(operator: Operator, stores: readonly string[]): Promise<void> {
  const deadline = performance.now() + SWEPT_MS;
  while (!stores.every((store) => sweepsOf(operator, store) > 0)) {
    if (performance.now() > deadline) throw new Error('the operator has not swept its stores in 10 minutes');
    await sleep(20);
  }
}
