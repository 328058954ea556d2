/** Waits for states of the API server and of the store, and reads of them. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import type { ClusterObjectStore } from '../../../src/api/schema/clusterobjectstore.ts';
import { accessKeyTag, type Cluster, policyName, tagOf } from '../../../src/ownership/names.ts';
import type { Pair, Store, StoreUser } from '../../../src/provider/provider.ts';
import type { Condition, KubeObject, Ref } from '../../bed/api.ts';
import type { Bed } from '../../bed/bed.ts';
import type { MinioData } from '../../bed/minio.ts';
import type { Operator } from '../../bed/operator.ts';
import { createPauses } from '../../bed/patience.ts';
import { sweepsOf } from '../../bed/sweeps.ts';
import { readIam } from './iam-export.ts';
import type { NamespacedRef } from './refs.ts';

/** A store with the tests' own client. */
interface Administered {
  readonly admin: Store;
  /** Its server, if it is a MinIO. */
  readonly minio?: MinioData;
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

/** Returns the pair in a Secret. @throws Error if it has none; the message doesn't show the content */
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

/** Compares pairs. The message never shows a secret if they differ. */
export function samePair(a: Pair, b: Pair): boolean {
  return a.accessKeyId === b.accessKeyId && a.secretAccessKey === b.secretAccessKey;
}

/** The name that the operator gives the AccessKey's policy in the store. */
export function policyOf(cluster: Cluster, { metadata: { namespace, name } }: NamespacedRef): string {
  return policyName(cluster, namespace, name);
}

/** The AccessKey's users in the store: attached to its policy, or made for it and attached to nothing. */
export async function usersOf(
  store: Administered,
  cluster: Cluster,
  ref: NamespacedRef,
): Promise<StoreUser[]> {
  return usersIn((await allUsers(store)).values(), cluster, ref);
}

/** Reads every user of a store as root. */
export async function allUsers({ admin, minio }: Administered): Promise<ReadonlyMap<string, StoreUser>> {
  return minio ? (await readIam(minio)).users : admin.listUsers();
}

/** The same, of a list of all users: to ask the store once for many AccessKeys. */
export function usersIn(users: Iterable<StoreUser>, cluster: Cluster, ref: NamespacedRef): StoreUser[] {
  const policy = policyOf(cluster, ref);
  const tag = accessKeyTag(policy);
  return [...users].filter(
    ({ accessKeyId, policies }) =>
      policies.includes(policy) || (policies.length === 0 && tagOf(accessKeyId) === tag),
  );
}

/** Expects that nothing of the AccessKey is left in the store: neither its policy nor these users. */
export async function expectRevoked(
  store: Administered,
  policy: string,
  accessKeyIds: readonly string[],
): Promise<void> {
  expect(await store.admin.readPolicy(policy)).toBeUndefined();
  for (const id of accessKeyIds) expect(await store.admin.getUser(id)).toBeUndefined();
}

/** Waits until the condition holds, asking again and again; gives what it returned. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  const pause = createPauses();
  for (;;) {
    const askedAt = performance.now();
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    const now = performance.now();
    if (now > deadline) throw new Error(`not ${what} within ${timeoutMs} ms`);
    await pause(now - askedAt);
  }
}

/** The reasons of the Events about an object, by its uid. */
export async function eventReasons(bed: Pick<Bed, 'api'>, uid: string, namespace: string): Promise<string[]> {
  return (await eventsAbout(bed, uid, namespace)).map((event) => String(event['reason']));
}

/** The notes of the Events with that reason about an object, by its uid. */
export async function eventNotes(
  bed: Pick<Bed, 'api'>,
  uid: string,
  namespace: string,
  reason: string,
): Promise<string[]> {
  const events = await eventsAbout(bed, uid, namespace);
  return events.filter((event) => event['reason'] === reason).map((event) => String(event['note']));
}

async function eventsAbout({ api }: Pick<Bed, 'api'>, uid: string, namespace: string) {
  const events = await api.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace });
  return events.filter((event) => (event['regarding'] as { uid?: string } | undefined)?.uid === uid);
}

/** Waits until the operator has swept the store of that name. */
export async function swept(operator: Pick<Operator, 'lines'>, name: string): Promise<void> {
  await until('swept', async () => sweepsOf(operator, name) > 0);
}
