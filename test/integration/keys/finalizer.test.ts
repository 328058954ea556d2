/**
 * The finalizer that the chart's policy puts on an AccessKey at its creation: it saves a write, no deletion overlooks it,
 * and a key for which nothing was made doesn't have it for long.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FINALIZER } from '../../../src/api/names.ts';
import { knowsFinalizerPolicy, triedFinalizers, untilFinalizersAdded } from '../../bed/install.ts';
import type { Operator } from '../../bed/operator.ts';
import type { ProxyRequest } from '../../bed/proxy.ts';
import {
  accessKeyRef,
  fixtures,
  limitedKey,
  type NamespacedRef,
  policyOf,
  ready,
  reason,
  secretOf,
  type TestStore,
  until,
  usersOf,
} from '../support/fixtures.ts';
import { apiStep, type Proxied, proxied, s3Step } from '../support/proxied.ts';

const born = await fixtures('born', { addsFinalizers: true });
const { bed, cluster } = born;
let behind: Proxied;
let operator: Operator;
let namespace = '';

beforeAll(async () => {
  behind = await proxied(born);
  namespace = await born.namespace();
  operator = await behind.operator();
  await inForce(behind.store);
});
afterAll(async () => {
  await born.end();
  await behind.close();
});

const inForce = ({ name }: TestStore) =>
  untilFinalizersAdded(bed.api, namespace, { kind: 'ClusterObjectStore', name });

const SPEC = limitedKey({ photos: 'read_write' });

async function finalizersOf(ref: NamespacedRef): Promise<readonly string[]> {
  return (await bed.api.get(ref))?.metadata.finalizers ?? [];
}

/** Waits until the key rests with that reason and without the operator's finalizer. */
async function released(ref: NamespacedRef, expected: string): Promise<void> {
  await reason(bed, ref, expected);
  expect(await finalizersOf(ref)).toEqual([]);
}

/** Deletes it while the operator can do nothing: only a key without a finalizer goes then. */
async function goesAlone(ref: NamespacedRef): Promise<void> {
  await operator.pause();
  try {
    await bed.api.delete(ref);
    await bed.api.waitGone(ref, { timeoutMs: 5_000 });
  } finally {
    await operator.resume();
  }
}

describe.skipIf(!(await knowsFinalizerPolicy(bed.api)))('with the chart’s policy', () => {
  test('a new key has the finalizer from the beginning, and others keep theirs', async () => {
    const ref = accessKeyRef(namespace, 'from-birth');
    const created = await bed.api.create({
      ...ref,
      metadata: { ...ref.metadata, finalizers: ['example.com/other'] } as never,
      spec: { storeRef: { name: behind.store.name }, ...SPEC },
    });
    expect(created.metadata.finalizers).toEqual(['example.com/other', FINALIZER]);
    await ready(bed, ref);
    await bed.api.delete(ref);
    await until('revoked', async () => !(await finalizersOf(ref)).includes(FINALIZER));
    await bed.api.patch(ref, { metadata: { finalizers: null } });
    await bed.api.waitGone(ref);
  });

  test('an update without the finalizer gets it back from the operator', async () => {
    const ref = await born.accessKey(namespace, behind.store, SPEC);
    await ready(bed, ref);
    await bed.api.patch(ref, { metadata: { finalizers: null } });
    await until('it is back', async () => (await finalizersOf(ref)).includes(FINALIZER));
  });

  test('a GitOps tool that applies a key again changes nothing, and doesn’t own the finalizer', async () => {
    const ref = accessKeyRef(namespace, 'applied');
    const spec = { storeRef: { name: behind.store.name }, ...SPEC };
    const applied = await bed.api.apply({ ...ref, spec }, { fieldManager: 'argocd-controller' });
    expect(applied.metadata.finalizers).toEqual([FINALIZER]);
    await ready(bed, ref);
    const before = await bed.api.get(ref);
    const after = await bed.api.apply({ ...ref, spec }, { fieldManager: 'argocd-controller' });
    expect(after.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    expect(after.metadata.finalizers).toEqual([FINALIZER]);
  });

  test('a key that is deleted before the operator sees it leaves no trace', async () => {
    await operator.pause();
    const ref = await born.accessKey(namespace, behind.store, SPEC);
    await bed.api.delete(ref);
    expect(await finalizersOf(ref)).toEqual([FINALIZER]);
    await operator.resume();
    await bed.api.waitGone(ref);
    await behind.quiet();
    expect(await usersOf(behind.store, cluster, ref)).toEqual([]);
    expect(await behind.store.admin.getPolicy(policyOf(cluster, ref))).toBeUndefined();
  });

  test.each([
    ['Disabled', { disabled: true }],
    ['Expired', { expiresAt: '2020-01-01T00:00:00Z' }],
  ] as const)('a key that is %s from birth doesn’t keep it', async (why, spec) => {
    const ref = await born.accessKey(namespace, behind.store, { ...SPEC, ...spec });
    await released(ref, why);
    await goesAlone(ref);
  });

  test('a paused key doesn’t keep it', async () => {
    const ref = accessKeyRef(namespace, 'paused-from-birth');
    const annotations = { 'accesskeys.dev/paused': 'true' };
    const spec = { storeRef: { name: behind.store.name }, ...SPEC };
    await bed.api.create({ ...ref, metadata: { ...ref.metadata, annotations } as never, spec });
    await released(ref, 'Paused');
    await goesAlone(ref);
  });

  test('a key whose store isn’t there or can’t be used never gets it, until the store is Ready', async () => {
    const name = `born-later-${crypto.randomUUID().slice(0, 6)}`;
    const gone = await born.accessKey(namespace, name, SPEC);
    const made = await born.accessKey(namespace, name, SPEC);
    for (const ref of [gone, made]) await released(ref, 'StoreNotFound');
    await goesAlone(gone);
    const closed = await born.store({ credentials: null });
    const waiting = await born.accessKey(namespace, closed, SPEC);
    await released(waiting, 'StoreNotReady');
    await goesAlone(waiting);
    await born.store({ name });
    await ready(bed, made);
    expect(await finalizersOf(made)).toEqual([FINALIZER]);
  });

  test('a key whose store just failed doesn’t keep it', async () => {
    const store = await born.store();
    await inForce(store);
    await bed.api.patch(store.ref, { spec: { credentialsRef: { namespace, name: 'nowhere' } } });
    await reason(bed, store.ref, 'StoreNotReady').catch(() => {});
    const ref = accessKeyRef(namespace, 'of-a-failed-store');
    const metadata = { ...ref.metadata, finalizers: [FINALIZER] } as never;
    await bed.api.create({ ...ref, metadata, spec: { storeRef: { name: store.name }, ...SPEC } });
    await released(ref, 'StoreNotReady');
    await goesAlone(ref);
  });

  test('a key that isn’t granted doesn’t keep it, nor its store', async () => {
    const store = await born.store({ grants: [{ namespaces: { names: ['elsewhere'] }, buckets: ['*'] }] });
    await inForce(store);
    const ref = await born.accessKey(namespace, store, SPEC);
    await released(ref, 'GrantDenied');
    await storeGoes(store);
    await goesAlone(ref);
  });

  /** Deletes the store, which would wait for a key that may have something in it. */
  async function storeGoes({ ref }: TestStore): Promise<void> {
    await bed.api.delete(ref);
    await bed.api.waitGone(ref, { timeoutMs: 10_000 });
  }

  test('after a restart, a key with the finalizer may have a user: its deletion waits for the store', async () => {
    const store = await born.store();
    await inForce(store);
    await operator.kill();
    const ref = await born.accessKey(namespace, store, SPEC);
    expect(await finalizersOf(ref)).toEqual([FINALIZER]);
    await bed.api.delete(store.credentials);
    await bed.api.waitGone(store.credentials);
    operator = await behind.operator();
    await reason(bed, ref, 'StoreNotReady');
    expect(await finalizersOf(ref)).toEqual([FINALIZER]);
    await bed.api.delete(ref);
    await reason(bed, ref, 'Deleting');
    const { rootUser, rootPassword } = store.minio;
    await bed.api.create({
      ...store.credentials,
      stringData: { AWS_ACCESS_KEY_ID: rootUser, AWS_SECRET_ACCESS_KEY: rootPassword },
    });
    await bed.api.waitGone(ref);
  });
});

test('without the policy, the operator adds the finalizer before it asks the store', async () => {
  const without = await fixtures('unborn');
  const other = await proxied(without);
  try {
    for (const kind of ['clusterobjectstores', 'objectstores'])
      await bed.api.delete({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingAdmissionPolicyBinding',
        metadata: { name: `finalizers.${kind}.accesskeys.dev` },
      });
    await operator.kill();
    await other.operator();
    const storeRef = { kind: 'ClusterObjectStore', name: behind.store.name };
    await until(
      'out of force',
      async () => (await triedFinalizers(bed.api, namespace, storeRef)).length === 0,
    );
    const ofItsOwn = await without.namespace();
    const steps: (string | undefined)[] = [];
    // The operator also asks about the keys that the tests above have left.
    const note = (stepOf: (request: ProxyRequest) => string | undefined) => async (request: ProxyRequest) => {
      if (request.path.includes(ofItsOwn)) steps.push(stepOf(request));
      return undefined;
    };
    other.api.onRequest(note((request) => apiStep(request, other.store.credentials.metadata.name)));
    other.s3.onRequest(note(s3Step));
    const ref = await without.accessKey(ofItsOwn, other.store, SPEC);
    await ready(bed, ref);
    expect(steps.slice(0, 3)).toEqual([
      'api PATCH accesskeys',
      'api GET secrets',
      's3 GET info-canned-policy',
    ]);
    expect(await finalizersOf(ref)).toEqual([FINALIZER]);
    await bed.api.delete(ref);
    await bed.api.waitGone(secretOf(ref));
    await bed.api.waitGone(ref);
  } finally {
    await without.end();
    await other.close();
    // The one that revokes what the tests above have left.
    await behind.operator();
  }
});
