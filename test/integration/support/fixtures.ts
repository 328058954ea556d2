/** The fixtures of tests of the running operator: they make stores, AccessKeys and operators, and read their state. */
import { randomBytes } from 'node:crypto';
import { API_VERSION } from '../../../src/api/names.ts';
import type { AccessKeySpec } from '../../../src/api/schema/accesskey.ts';
import type { ClusterObjectStoreSpec } from '../../../src/api/schema/clusterobjectstore.ts';
import type { Cluster } from '../../../src/ownership/names.ts';
import { createMinioStore, type MinioStore } from '../../../src/provider/minio/admin.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import type { KubeObject, Ref } from '../../bed/api.ts';
import type { Bed } from '../../bed/bed.ts';
import { installFinalizerPolicy } from '../../bed/install.ts';
import type { MinioData } from '../../bed/minio.ts';
import type { LogLine, Operator, OperatorOptions } from '../../bed/operator.ts';
import { type BedContext, bedContext } from './bed-context.ts';
import {
  accessKeyRef,
  type NamespacedRef,
  namespaceRef,
  objectStoreRef,
  secretRef,
  storeRef,
} from './refs.ts';
import type { Program } from './timings.ts';
import { until } from './waits.ts';

export * from './keys.ts';
export * from './refs.ts';
export * from './s3.ts';
export * from './waits.ts';

/** Grants everything to everybody, for tests that aren't about grants. */
export const ALL_GRANTED: readonly object[] = [
  { namespaces: { all: true }, buckets: ['*'], unrestricted: true },
];

interface StoreOptions {
  /** Default: one that no other test uses. */
  readonly name?: string;
  /** For an ObjectStore in that namespace, its credentials beside it. Default: a ClusterObjectStore. */
  readonly namespace?: string;
  /** Default: the bed's. */
  readonly minio?: MinioData;
  /** Default: the MinIO's own; a proxy's, for faults. */
  readonly endpoint?: string;
  readonly grants?: readonly object[];
  /** The content of the Secret of its credentials; by default the root user's pair, null for no Secret. */
  readonly credentials?: Readonly<Record<string, string>> | null;
  /** More of its spec. */
  readonly spec?: object;
}

/** A store as a test made it. */
export interface TestStore {
  readonly name: string;
  readonly ref: Ref;
  /** The Secret of its credentials. */
  readonly credentials: NamespacedRef;
  /** The tests' own client of its MinIO, as root and without a proxy, to read the store and to change it by hand. */
  readonly admin: MinioStore;
  readonly minio: MinioData;
}

export interface Fixtures extends Omit<BedContext, 'namespace' | 'operator'> {
  readonly bed: Bed;
  /** This cluster's name and UID in the store, unless the operator has another name. */
  readonly cluster: Cluster;
  /** Makes a namespace. @returns its name */
  namespace(prefix?: string): Promise<string>;
  /** Starts an operator and waits until it is ready. */
  operator(options?: Partial<Omit<OperatorOptions, 'bed'>>): Promise<Operator>;
  /** Ends the operator that was started last, and starts another one. */
  restart(options?: Partial<Omit<OperatorOptions, 'bed'>>): Promise<Operator>;
  store(options?: StoreOptions): Promise<TestStore>;
  /** Makes an AccessKey; its storeRef is the store's, and its name by default one that no other test uses. */
  accessKey(
    namespace: string,
    store: TestStore | string,
    spec?: Partial<Omit<AccessKeySpec, 'storeRef'>>,
    name?: string,
  ): Promise<NamespacedRef>;
  /**
   * Removes the AccessKeys of a namespace, and then the cluster's stores whose credentials are there. An operator runs.
   */
  clear(namespace: string): Promise<void>;
  /**
   * Removes everything that was made: AccessKeys while an operator still runs, then operators, stores and namespaces'
   * content.
   */
  end(): Promise<void>;
}

interface Installation {
  /** True to install the chart's policy that puts the finalizer on new AccessKeys, if the API server has it. */
  readonly addsFinalizers?: boolean;
}

/**
 * Connects to the bed; in each file at its top, with `afterAll(end)`.
 * @param prefix begins the names of all that it makes
 * @param program of its operators; default: src/main.ts. And how the chart is installed
 */
export async function fixtures(
  prefix: string,
  { addsFinalizers = false, ...program }: Program & Installation = {},
): Promise<Fixtures> {
  const context = await bedContext();
  const { bed } = context;
  const unique = (kind: string) => `${prefix}-${kind}-${randomBytes(3).toString('hex')}`;
  const namespaces: string[] = [];
  const operators: Operator[] = [];
  let removePolicy: (() => Promise<void>) | undefined;
  const stores: TestStore[] = [];
  const home = await context.namespace(prefix);
  const { uid = '' } = (await bed.api.get(namespaceRef('kube-system')))?.metadata ?? {};

  async function operator(options: Partial<Omit<OperatorOptions, 'bed'>> = {}): Promise<Operator> {
    // As with the chart, the policy comes and goes with the operators: without one, no deletion ends.
    if (addsFinalizers) removePolicy ??= await installFinalizerPolicy(bed.api);
    const env = { ...program.env, ...options.env };
    const started = await context.operator({ ...program, ...options, env });
    operators.push(started);
    return started;
  }

  return {
    bed,
    cluster: { name: uid, uid },
    async namespace(kind = 'ns') {
      const name = await context.namespace(`${prefix}-${kind}`);
      namespaces.push(name);
      return name;
    },
    operator,
    async restart(options) {
      await operators.pop()?.kill();
      return operator(options);
    },
    async store({ minio = bed.minio, endpoint = minio.endpoint, ...options } = {}) {
      const { name = unique('store'), namespace } = options;
      const root = { accessKeyId: minio.rootUser, secretAccessKey: minio.rootPassword };
      const { caPem } = minio;
      const made: TestStore = {
        name,
        ref: namespace === undefined ? storeRef(name) : objectStoreRef(namespace, name),
        credentials: secretRef(namespace ?? home, name),
        admin: createMinioStore({
          endpoint: minio.endpoint,
          credentials: root,
          ...(caPem && { caBundle: caPem }),
        }),
        minio,
      };
      stores.push(made);
      const { credentials = credentialsData(root) } = options;
      if (credentials) await bed.api.create({ ...made.credentials, stringData: { ...credentials } });
      await bed.api.create({
        ...made.ref,
        spec: {
          endpoint,
          allowInsecure: endpoint.startsWith('http:'),
          ...(caPem && { caBundle: caPem }),
          ...(namespace === undefined
            ? { credentialsRef: made.credentials.metadata, grants: options.grants ?? ALL_GRANTED }
            : { credentialsRef: { name } }),
          ...options.spec,
        },
      });
      return made;
    },
    async accessKey(namespace, store, spec = {}, name = unique('key')) {
      const storeRef =
        typeof store === 'string' ? { name: store } : { kind: store.ref.kind, name: store.name };
      const ref = accessKeyRef(namespace, name);
      await bed.api.create({ ...ref, spec: { storeRef, ...spec } });
      return ref;
    },
    async clear(namespace) {
      await removeKeys(bed, namespace, operators);
      const found = await storesIn(bed, [namespace]);
      for (const ref of found) await bed.api.delete(ref);
      for (const ref of found) await bed.api.waitGone(ref);
    },
    async end() {
      try {
        await Promise.all(namespaces.map((namespace) => removeKeys(bed, namespace, operators)));
      } finally {
        // Whatever failed, the next file finds neither an operator nor a store of this one.
        await Promise.all(operators.map((operator) => operator.kill()));
        await removePolicy?.();
        // Nobody is left to take the finalizers off.
        const own = stores.flatMap((store) => [store.ref, store.credentials]);
        for (const ref of [...own, ...(await storesIn(bed, [home, ...namespaces]))]) {
          if (await bed.api.get(ref)) await bed.api.patch(ref, { metadata: { finalizers: null } });
          await bed.api.delete(ref);
        }
        await Promise.all(stores.map((store) => store.admin.close()));
        await Promise.all([home, ...namespaces].map((name) => empty(bed, name)));
      }
    },
  };
}

/** The path of a collection in a namespace. */
const ours = (namespace: string, plural: string) => `/apis/${API_VERSION}/namespaces/${namespace}/${plural}`;

/** Deletes the AccessKeys of a namespace, and waits until an operator has let them go. */
async function removeKeys(
  { api }: Pick<Bed, 'api'>,
  namespace: string,
  operators: readonly Operator[],
): Promise<void> {
  const list = () => api.list({ apiVersion: API_VERSION, kind: 'AccessKey', namespace });
  const keys = await list();
  if (keys.length === 0) return;
  await api.request('DELETE', ours(namespace, 'accesskeys'));
  const timeoutMs = 30_000 + 200 * keys.length;
  try {
    await until(`without AccessKeys: ${namespace}`, async () => (await list()).length === 0, timeoutMs);
  } catch (cause) {
    const left = (await list()).map((key) => leftKey(key, operators));
    throw new Error(`AccessKeys of ${namespace} stay:\n${left.join('\n')}`, { cause });
  }
}

/**
 * Says what an AccessKey that stays says of itself, and the last lines of the operators' logs about it and its store.
 */
function leftKey({ metadata, spec, status }: KubeObject, operators: readonly Operator[]): string {
  const { name, namespace, deletionTimestamp, finalizers } = metadata;
  const { storeRef } = spec as unknown as AccessKeySpec;
  const isAbout = (line: LogLine) =>
    (line['name'] === name && line['namespace'] === namespace) || line['name'] === storeRef.name;
  const said = operators.flatMap(({ lines }) => lines.filter(isAbout).slice(-10));
  return JSON.stringify({ name, deletionTimestamp, finalizers, spec, status, said });
}

/**
 * Removes from a namespace what an operator looks at. The namespace itself goes with the bed: to delete one takes
 * Kubernetes 0.16 s of CPU.
 */
async function empty({ api }: Pick<Bed, 'api'>, namespace: string): Promise<void> {
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  for (const path of [ours(namespace, 'accesskeys'), ours(namespace, 'objectstores'), secrets])
    await api.request('DELETE', path);
}

/** The data of a Secret with a store's credentials, as text. */
export function credentialsData({ accessKeyId, secretAccessKey }: Pair): Record<string, string> {
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

/** The cluster's stores whose credentials are in these namespaces, with the credentials. */
async function storesIn({ api }: Bed, namespaces: readonly string[]): Promise<Ref[]> {
  const all = await api.list({ apiVersion: API_VERSION, kind: 'ClusterObjectStore' });
  return all.flatMap(({ metadata, spec }) => {
    const { name, namespace } = (spec as ClusterObjectStoreSpec).credentialsRef;
    return namespaces.includes(namespace) ? [storeRef(metadata.name), secretRef(namespace, name)] : [];
  });
}
