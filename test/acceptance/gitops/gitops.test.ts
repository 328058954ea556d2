/** The verdicts of kstatus, Argo CD and Flux on AccessKeys and stores in every state. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject, Ref } from '../../bed/api.ts';
import type { Operator } from '../../bed/operator.ts';
import {
  edit,
  fixtures,
  limitedKey,
  makeBucket,
  type NamespacedRef,
  policyOf,
  readPair,
  ready,
  reason,
  secretOf,
  storeReady,
  type TestStore,
} from '../../integration/support/fixtures.ts';
import {
  BUILD_MS,
  CURRENT,
  FAILED,
  type Judgement,
  judged,
  needsGo,
  RESTING,
  TERMINATING,
  WAITING,
} from './judged.ts';

const { bed, cluster, namespace, operator, store: makeStore, accessKey, end } = await fixtures('gitops');

const limited = (bucketName: string) => limitedKey({ [bucketName]: 'read_write' });
let ns = '';
let bucket = '';
let store: TestStore;
let unreachable: TestStore;
let running: Operator;

beforeAll(async () => {
  running = await operator();
  ns = await namespace();
  store = await makeStore({ grants: [{ namespaces: { all: true }, buckets: ['gitops-*'] }] });
  unreachable = await makeStore({ endpoint: 'http://127.0.0.1:1' });
  bucket = await makeBucket(store, 'gitops');
});
afterAll(end);

const make = (spec: object = {}, of: TestStore | string = store) =>
  accessKey(ns, of, { ...limited(bucket), ...spec });

async function issued(spec: object = {}): Promise<NamespacedRef> {
  const ref = await make(spec);
  await ready(bed, ref);
  return ref;
}

async function read(ref: Ref): Promise<KubeObject> {
  const object = await bed.api.get(ref);
  if (!object) throw new Error(`no ${ref.kind} ${ref.metadata.name}`);
  return object;
}

/** Functions that bring an AccessKey into a state, and return it. */
const states: Record<string, { expected: Judgement; bring: () => Promise<Ref> }> = {
  Issued: { expected: CURRENT, bring: () => issued() },
  GrantDenied: { expected: FAILED, bring: () => make(limited('elsewhere')) },
  'GrantDenied after an edit, with a key in force': {
    expected: FAILED,
    async bring() {
      const ref = await issued();
      await edit(bed, ref, limited('elsewhere'));
      return ref;
    },
  },
  SecretConflict: {
    expected: FAILED,
    async bring() {
      const secret = { ...secretOf(await issued()), metadata: { namespace: ns, name: 'somebody-elses' } };
      await bed.api.create({ ...secret, stringData: { a: 'b' } });
      return make({ secretName: secret.metadata.name });
    },
  },
  DisabledInStore: {
    expected: FAILED,
    async bring() {
      const ref = await issued();
      const { accessKeyId } = await readPair(bed, secretOf(ref));
      await store.admin.setUserEnabled(accessKeyId, false);
      await edit(bed, ref, { label: 'Looked at again' });
      return ref;
    },
  },
  StoreNotFound: { expected: WAITING, bring: () => make({}, 'gitops-no-such-store') },
  StoreUnreachable: { expected: WAITING, bring: () => make({}, unreachable) },
  Disabled: {
    expected: RESTING,
    async bring() {
      const ref = await issued();
      await edit(bed, ref, { disabled: true });
      return ref;
    },
  },
  Expired: {
    expected: RESTING,
    async bring() {
      const ref = await issued();
      await edit(bed, ref, { expiresAt: '2026-01-01T00:00:00Z' });
      return ref;
    },
  },
  Paused: {
    expected: RESTING,
    async bring() {
      const ref = await issued();
      await bed.api.patch(ref, { metadata: { annotations: { 'accesskeys.dev/paused': 'true' } } });
      return ref;
    },
  },
};

test('the tools judge AccessKeys as docs/gitops.md says', { timeout: BUILD_MS }, async (context) => {
  await needsGo(context);
  const objects: Record<string, object> = {};
  for (const [name, { bring }] of Object.entries(states)) {
    const ref = await bring();
    await reason(bed, ref, name.split(' ')[0] ?? name);
    objects[name] = await read(ref);
  }

  // Somebody gave its user another policy, so the operator doesn't touch it, and the deletion waits for a person.
  const waiting = await issued();
  const policy = policyOf(cluster, waiting);
  const { accessKeyId } = await readPair(bed, secretOf(waiting));
  await store.admin.setUserPolicies(accessKeyId, [policy, 'readwrite']);
  await bed.api.delete(waiting, { propagationPolicy: 'Foreground' });
  await bed.api.waitFor(waiting, 'waiting', (object) =>
    object?.status?.conditions?.some((condition) => condition.reason === 'Deleting'),
  );
  objects['being deleted, and waiting'] = await read(waiting);
  await store.admin.setUserPolicies(accessKeyId, [policy]);

  const edited = await issued();
  await running.kill();
  await edit(bed, edited, { label: 'Nobody looks' });
  objects['edited, not looked at'] = await read(edited);
  objects['never looked at'] = await read(await make());
  running = await operator();

  expect(await judged(objects)).toEqual({
    ...Object.fromEntries(Object.entries(states).map(([name, { expected }]) => [name, expected])),
    'being deleted, and waiting': TERMINATING,
    'edited, not looked at': WAITING,
    'never looked at': WAITING,
  });
});

test('the tools judge stores as docs/gitops.md says', { timeout: BUILD_MS }, async (context) => {
  await needsGo(context);
  await storeReady(bed, store.ref);
  await reason(bed, unreachable.ref, 'StoreUnreachable');
  const works = await read(store.ref);
  const never = await read(unreachable.ref);
  const { lastSyncAt } = works.status ?? {};
  expect(lastSyncAt).toBeDefined();
  const broken = { ...never, status: { ...never.status, lastSyncAt } };
  const unseen = { ...never, status: { observedGeneration: -1 } };
  const deleted = { ...never, metadata: { ...never.metadata, deletionTimestamp: '2026-11-23T00:00:00Z' } };
  expect(await judged({ works, never, broken, unseen, deleted })).toEqual({
    works: CURRENT,
    never: WAITING,
    broken: ['InProgress', 'Degraded', 'InProgress'],
    unseen: WAITING,
    // Flux uses kstatus if it has no expressions for a kind.
    deleted: ['Terminating', 'Progressing', 'Terminating'],
  });
});
