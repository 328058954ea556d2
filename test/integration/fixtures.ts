/** What tests of the running operator share: they make stores and AccessKeys, and look at what came of them. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'minio';
import { expect } from 'vitest';
import { accessKeyTag, type Cluster, policyName, tagOf } from '../../src/accesskey/identity.ts';
import type { AccessKey, AccessKeySpec } from '../../src/api/accesskey.ts';
import type { ClusterObjectStore } from '../../src/api/clusterobjectstore.ts';
import { API_VERSION } from '../../src/api/names.ts';
import { createMinioStore, type MinioStore } from '../../src/store/minio/admin.ts';
import type { Pair, StoreUser } from '../../src/store/store.ts';
import type { Condition, KubeObject, Ref } from '../bed/api.ts';
import type { Bed } from '../bed/bed.ts';
import type { MinioData } from '../bed/minio.ts';
import type { Operator, OperatorOptions } from '../bed/operator.ts';
import { type BedContext, bedContext } from './bed-context.ts';

/** Names one object of a namespace. */
export interface NamespacedRef extends Ref {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/** Everything is granted to everybody: what most tests aren't about. */
export const ALL_GRANTED: readonly object[] = [
  { namespaces: { all: true }, buckets: ['*'], unrestricted: true },
];

export interface StoreOptions {
  /** Default: one that no other test uses. */
  readonly name?: string;
  /** Default: the bed's. */
  readonly minio?: MinioData;
  /** Default: the MinIO's own; a proxy's, for faults. */
  readonly endpoint?: string;
  readonly grants?: readonly object[];
  /** What the Secret of its credentials holds; default the root user's pair, null for no Secret. */
  readonly credentials?: Readonly<Record<string, string>> | null;
  /** More of its spec. */
  readonly spec?: object;
}

/** A ClusterObjectStore as a test made it. */
export interface TestStore {
  readonly name: string;
  readonly ref: Ref;
  /** The Secret of its credentials. */
  readonly credentials: NamespacedRef;
  /** Our own client of its MinIO, as root and by no proxy: what the store shows, and somebody's hand in it. */
  readonly admin: MinioStore;
  readonly minio: MinioData;
}

export interface Fixtures extends Omit<BedContext, 'namespace' | 'operator'> {
  readonly bed: Bed;
  /** Who this cluster is in the store, unless the operator was told another name. */
  readonly cluster: Cluster;
  /** Makes a namespace. @returns its name */
  namespace(prefix?: string): Promise<string>;
  /** Starts an operator and waits until it is ready. */
  operator(options?: Partial<Omit<OperatorOptions, 'bed'>>): Promise<Operator>;
  /** Ends the operator that was started last, and starts another one. */
  restart(options?: Partial<Omit<OperatorOptions, 'bed'>>): Promise<Operator>;
  store(options?: StoreOptions): Promise<TestStore>;
  /** Makes an AccessKey; its storeRef is the store's, its name one that no other test uses, where none is given. */
  accessKey(
    namespace: string,
    store: TestStore | string,
    spec?: Partial<Omit<AccessKeySpec, 'storeRef'>>,
    name?: string,
  ): Promise<NamespacedRef>;
  /** Removes all that was made: AccessKeys while an operator still runs, operators, stores, namespaces. */
  end(): Promise<void>;
}

/** Connects to the bed; in each file at its top, with `afterAll(end)`. @param prefix begins the names of all that it makes */
export async function fixtures(prefix: string): Promise<Fixtures> {
  const context = await bedContext();
  const { bed } = context;
  const unique = (kind: string) => `${prefix}-${kind}-${randomBytes(3).toString('hex')}`;
  const namespaces: string[] = [];
  const operators: Operator[] = [];
  const stores: TestStore[] = [];
  const home = await context.namespace(prefix);
  const { uid = '' } = (await bed.api.get(namespaceRef('kube-system')))?.metadata ?? {};

  async function operator(options: Partial<Omit<OperatorOptions, 'bed'>> = {}): Promise<Operator> {
    const started = await context.operator(options);
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
      const { name = unique('store') } = options;
      const root = { accessKeyId: minio.rootUser, secretAccessKey: minio.rootPassword };
      const { caPem } = minio;
      const made: TestStore = {
        name,
        ref: storeRef(name),
        credentials: secretRef(home, name),
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
          credentialsRef: made.credentials.metadata,
          grants: options.grants ?? ALL_GRANTED,
          ...options.spec,
        },
      });
      return made;
    },
    async accessKey(namespace, store, spec = {}, name = unique('key')) {
      const storeName = typeof store === 'string' ? store : store.name;
      const ref = accessKeyRef(namespace, name);
      await bed.api.create({ ...ref, spec: { storeRef: { name: storeName }, ...spec } });
      return ref;
    },
    async end() {
      const keys = (
        await Promise.all(
          namespaces.map((namespace) =>
            bed.api.list({ apiVersion: API_VERSION, kind: 'AccessKey', namespace }),
          ),
        )
      ).flat();
      await Promise.all(keys.map((key) => bed.api.delete(key)));
      await Promise.all(keys.map((key) => bed.api.waitGone(key)));
      await Promise.all(operators.map((operator) => operator.kill()));
      await Promise.all(stores.map((store) => bed.api.delete(store.ref)));
      await Promise.all(stores.map((store) => store.admin.close()));
      for (const name of [home, ...namespaces]) await bed.api.delete(namespaceRef(name));
    },
  };
}

/** The data of a Secret with a store's credentials, as text. */
export function credentialsData({ accessKeyId, secretAccessKey }: Pair): Record<string, string> {
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
}

export function accessKeyRef(namespace: string, name: string): NamespacedRef {
  return { apiVersion: API_VERSION, kind: 'AccessKey', metadata: { namespace, name } };
}

export function secretRef(namespace: string, name: string): NamespacedRef {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name } };
}

export function storeRef(name: string): Ref {
  return { apiVersion: API_VERSION, kind: 'ClusterObjectStore', metadata: { name } };
}

export function namespaceRef(name: string): Ref {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** The Secret of an AccessKey that names none. */
export function secretOf({ metadata: { namespace, name } }: NamespacedRef): NamespacedRef {
  return secretRef(namespace, name);
}

/** Writes an annotation that means nothing: the operator looks at the object. */
export async function touch({ api }: Pick<Bed, 'api'>, ref: Ref): Promise<void> {
  await api.patch(ref, { metadata: { annotations: { touched: randomBytes(4).toString('hex') } } });
}

/** Waits until the AccessKey is Ready as its spec is now; gives it. */
export async function ready(
  { api }: Pick<Bed, 'api'>,
  ref: Ref,
  options?: { timeoutMs?: number },
): Promise<AccessKey> {
  return api.waitFor(
    ref,
    'Ready',
    (object) =>
      object !== undefined && current(object)?.status === 'True' && (object as unknown as AccessKey),
    options,
  );
}

/** Waits until the object's Ready condition has this reason, for its spec as it is now; gives the condition. */
export async function reason(
  { api }: Pick<Bed, 'api'>,
  ref: Ref,
  expected: string,
  options?: { timeoutMs?: number },
): Promise<Condition & { message: string }> {
  return api.waitFor(
    ref,
    expected,
    (object) => {
      const condition = object && current(object);
      return condition?.reason === expected && { message: '', ...condition };
    },
    options,
  );
}

/** Waits until the store's Ready condition is True; gives the store. */
export async function storeReady(
  { api }: Pick<Bed, 'api'>,
  ref: Ref,
  options?: { timeoutMs?: number },
): Promise<ClusterObjectStore> {
  return api.waitFor(
    ref,
    'Ready',
    (object) =>
      object !== undefined && current(object)?.status === 'True' && (object as unknown as ClusterObjectStore),
    options,
  );
}

/** The Ready condition, if it speaks of the spec as it is now. */
function current({ metadata, status }: KubeObject): Condition | undefined {
  if (status?.['observedGeneration'] !== metadata.generation) return undefined;
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

/** The pair that a Secret holds. @throws Error where there is none, without what there is */
export async function readPair({ api }: Pick<Bed, 'api'>, ref: Ref): Promise<Pair> {
  const data = (await api.get(ref))?.data ?? {};
  const read = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
  const pair = {
    accessKeyId: read('AWS_ACCESS_KEY_ID'),
    secretAccessKey: read('AWS_SECRET_ACCESS_KEY'),
  };
  if (!pair.accessKeyId || !pair.secretAccessKey) {
    throw new Error(`Secret ${ref.metadata.namespace}/${ref.metadata.name} has no pair`);
  }
  return pair;
}

/** Compares pairs without ever showing a secret where they differ. */
export function samePair(a: Pair, b: Pair): boolean {
  return a.accessKeyId === b.accessKeyId && a.secretAccessKey === b.secretAccessKey;
}

/** An S3 client that signs with the pair and tries nothing twice. */
export function s3Client({ endpoint }: Pick<MinioData, 'endpoint'>, pair: Pair): Client {
  const { hostname, port, protocol } = new URL(endpoint);
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: protocol === 'https:',
    accessKey: pair.accessKeyId,
    secretKey: pair.secretAccessKey,
    region: 'us-east-1',
    retryOptions: { disableRetry: true },
  });
}

/** What a call to S3 came to: 'ok', or the code of its refusal. Any other failure is thrown. */
export async function s3Outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string') throw error;
    return code;
  }
}

/** Makes a bucket that no other test uses, with one object `hello` in it. @returns its name */
export async function makeBucket({ minio }: Pick<TestStore, 'minio'>, prefix: string): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  const root = s3Client(minio, { accessKeyId: minio.rootUser, secretAccessKey: minio.rootPassword });
  await root.makeBucket(name);
  await root.putObject(name, 'hello', 'hello');
  return name;
}

/** The name that the operator gives the AccessKey's policy in the store. */
export function policyOf(cluster: Cluster, { metadata: { namespace, name } }: NamespacedRef): string {
  return policyName(cluster, namespace, name);
}

/** Waits until the condition holds, asking every 50 ms; gives what it returned. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline) throw new Error(`not ${what} within ${timeoutMs} ms`);
    await sleep(50);
  }
}

/** The AccessKey's users in the store: attached to its policy, or made for it and attached to nothing. */
export async function usersOf(
  { admin }: Pick<TestStore, 'admin'>,
  cluster: Cluster,
  ref: NamespacedRef,
): Promise<StoreUser[]> {
  const policy = policyOf(cluster, ref);
  const tag = accessKeyTag(policy);
  return [...(await admin.listUsers()).values()].filter(
    ({ accessKeyId, policies }) =>
      policies.includes(policy) || (policies.length === 0 && tagOf(accessKeyId) === tag),
  );
}

/** Expects that nothing of the AccessKey is left in the store: neither its policy nor these users. */
export async function expectRevoked(
  store: Pick<TestStore, 'admin'>,
  policy: string,
  accessKeyIds: readonly string[],
): Promise<void> {
  expect(await store.admin.getPolicy(policy)).toBeUndefined();
  for (const id of accessKeyIds) expect(await store.admin.getUser(id)).toBeUndefined();
}

/** What came of using a key all the while: how often it was used, and every outcome but 'ok'. */
export interface Use {
  readonly times: number;
  readonly refusals: readonly string[];
}

/**
 * Does a request again and again while `work` runs, once before it begins and twice after it has ended.
 * @returns what `work` gave, and what came of the requests
 */
export async function inUse<T>(
  use: () => Promise<unknown>,
  work: () => Promise<T>,
): Promise<{ result: T; use: Use }> {
  const refusals: string[] = [];
  let times = 0;
  const once = async () => {
    const outcome = await s3Outcome(use());
    times += 1;
    if (outcome !== 'ok') refusals.push(outcome);
  };
  await once();
  let over = false;
  const result = work().finally(() => {
    over = true;
  });
  // Awaited below.
  result.catch(() => {});
  while (!over) {
    await once();
    await sleep(5);
  }
  await once();
  return { result: await result, use: { times, refusals } };
}

/** The reasons of the Events about an object, by its uid. */
export async function eventReasons(
  { api }: Pick<Bed, 'api'>,
  uid: string,
  namespace: string,
): Promise<string[]> {
  const events = await api.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace });
  return events
    .filter((event) => (event['regarding'] as { uid?: string } | undefined)?.uid === uid)
    .map((event) => String(event['reason']));
}
