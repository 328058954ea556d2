/**
 * The API server refuses what a store needs: its keys are revoked nevertheless, and its status says what is refused.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FaultProxy, startProxy } from '../../bed/proxy.ts';
import {
  fixtures,
  type NamespacedRef,
  readPair,
  ready,
  reason,
  secretOf,
  storeReady,
  type TestStore,
  until,
} from '../support/fixtures.ts';
import { denyByPolicy } from '../support/refusals.ts';

const refused = await fixtures('refused-store');
const { bed } = refused;
const RECOVERED = { timeoutMs: 60_000 };
let api: FaultProxy;

beforeAll(async () => {
  api = await startProxy(bed.server, { ca: bed.caPem });
  await refused.operator({
    kubeconfig: await bed.kubeconfig({ server: api.url }),
    args: ['--namespaced-store-endpoints=*'],
  });
});
afterAll(async () => {
  api.onRequest(undefined);
  await refused.end();
  await api.close();
});

/** A store of a namespace of its own, and a key in force. */
async function issued(): Promise<{ store: TestStore; namespace: string; ref: NamespacedRef }> {
  const namespace = await refused.namespace();
  const store = await refused.store({ namespace });
  const ref = await refused.accessKey(namespace, store, { limited: true });
  await ready(bed, ref);
  return { store, namespace, ref };
}

async function revoked({ admin }: TestStore, ref: NamespacedRef): Promise<void> {
  const pair = await readPair(bed, secretOf(ref));
  await bed.api.delete(ref);
  await until('refused by the store', async () => (await admin.probe(pair)).kind === 'unknown', 10_000);
  await bed.api.waitGone(ref);
}

const STORES = { verbs: ['UPDATE'], group: 'accesskeys.dev', resources: ['objectstores'] } as const;

test('a store whose finalizer is refused gets no new key, which says so, and is protected once it may be', async () => {
  const namespace = await refused.namespace();
  const refusal = await denyByPolicy(bed, namespace, STORES);
  const store = await refused.store({ namespace });
  await storeReady(bed, store.ref);
  const ref = await refused.accessKey(namespace, store, { limited: true });
  for (const one of [ref, store.ref]) {
    const { message } = await reason(bed, one, 'StoreNotReady');
    expect(message).toContain('no new key is issued, since nothing protects the store from deletion');
    expect(message).toContain(refusal.name);
  }
  await refusal.end();
  await ready(bed, ref, RECOVERED);
  await storeReady(bed, store.ref, RECOVERED);
});

test('keys are revoked if their store lost its finalizer and does not get it back', async () => {
  const { store, namespace, ref } = await issued();
  const refusal = await denyByPolicy(bed, namespace, STORES);
  await bed.api.patch(store.ref, { metadata: { finalizers: null } });
  await reason(bed, store.ref, 'StoreNotReady');
  await revoked(store, ref);
  await refusal.end();
  await storeReady(bed, store.ref, RECOVERED);
});

test('a store whose credentials cannot be read any more is served by those that were read before, and says so', async () => {
  const { store, namespace, ref } = await issued();
  api.onRequest(({ method, path }) =>
    method === 'GET' && path.startsWith(`/api/v1/namespaces/${namespace}/secrets/`)
      ? {
          do: 'answer',
          status: 500,
          headers: { 'content-type': 'application/json' },
          body: '{"kind":"Status","apiVersion":"v1","status":"Failure","code":500,"message":"Internal error"}',
        }
      : undefined,
  );
  await bed.api.patch(store.ref, { spec: { resyncInterval: '20m' } });
  const says = (part: string, is: boolean) =>
    until(`${is ? '' : 'un'}said`, async () => {
      const { message } = await reason(bed, store.ref, 'Connected', RECOVERED);
      return message.includes(part) === is;
    });
  await says(`get secrets ${namespace}/${store.credentials.metadata.name}`, true);
  const pair = await readPair(bed, secretOf(ref));
  await bed.api.delete(ref);
  await until('refused by the store', async () => (await store.admin.probe(pair)).kind === 'unknown', 10_000);
  api.onRequest(undefined);
  await bed.api.waitGone(ref, RECOVERED);
  await says('get secrets', false);
});
