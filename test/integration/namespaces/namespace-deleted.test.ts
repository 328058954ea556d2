/** The deletion of a namespace in which the operator has only a Role: its keys are revoked. */

import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Pair } from '../../../src/provider/provider.ts';
import { fixtures, namespaceRef, readPair, ready, secretOf, type TestStore } from '../support/fixtures.ts';
import { type Installed, install } from '../support/installed.ts';
import type { NamespacedRef } from '../support/refs.ts';
import { until } from '../support/waits.ts';

const going = await fixtures('going');
const { bed } = going;
const releases: Installed[] = [];
afterAll(async () => {
  await going.end();
  for (const release of releases) await release.remove();
});

const RBAC = 'rbac.authorization.k8s.io/v1';

interface Team {
  readonly namespace: string;
  readonly release: Installed;
  readonly store: TestStore;
  readonly ref: NamespacedRef;
  readonly pair: Pair;
}

/** A key in force in a namespace of its own, and its operator. */
async function team(rbac: object): Promise<Team> {
  const namespace = await going.namespace('team');
  const store = await going.store({ namespace });
  const release = await install(going, {
    watchNamespaces: [namespace],
    namespacedStores: { enabled: true, endpoints: ['*'] },
    rbac,
  });
  releases.push(release);
  await release.start();
  const ref = await going.accessKey(namespace, store, { limited: true });
  await ready(bed, ref);
  return { namespace, release, store, ref, pair: await readPair(bed, secretOf(ref)) };
}

const rolesIn = async (namespace: string) =>
  (
    await Promise.all(
      ['Role', 'RoleBinding'].map((kind) => bed.api.list({ apiVersion: RBAC, kind, namespace })),
    )
  ).flat();

test('a namespace that is deleted keeps its Roles until its keys are revoked, and goes then', async () => {
  const { namespace, store, pair, release } = await team({});
  await bed.api.delete(namespaceRef(namespace));
  await bed.api.waitGone(namespaceRef(namespace), { timeoutMs: 90_000 });
  expect((await store.admin.probe(pair)).kind).not.toBe('works');
  expect(await store.admin.getUser(pair.accessKeyId)).toBeUndefined();
  // Other refusals come with the end of any namespace: nobody may make anything in it, Secrets and Events included, and
  // the last word on a store may be said when the Roles have gone.
  const refused = release.refused().map(({ method, path }) => `${method} ${path}`);
  expect(refused.filter((one) => /\/accesskeys\//.test(one))).toEqual([]);
});

test('at any other time the Roles can be removed', async () => {
  const { namespace, pair, store, ref } = await team({});
  for (const { kind, metadata } of await rolesIn(namespace)) {
    await bed.api.delete({ apiVersion: RBAC, kind, metadata: { namespace, name: metadata.name } });
  }
  expect(await rolesIn(namespace)).toEqual([]);
  expect((await store.admin.probe(pair)).kind).toBe('works');
  for (const object of releases.at(-1)?.objects ?? []) await bed.api.apply(object);
  await bed.api.delete(ref);
  await bed.api.waitGone(ref);
  expect((await store.admin.probe(pair)).kind).not.toBe('works');
});

test('without that Role the store still refuses the pair, and the ClusterRole releases the namespace', async () => {
  const { namespace, store, pair, release } = await team({ keepWhileInUse: false });
  // In what order Kubernetes removes what is in a namespace nobody knows: here the Roles go first.
  for (const { kind, metadata } of await rolesIn(namespace)) {
    await bed.api.delete({ apiVersion: RBAC, kind, metadata: { namespace, name: metadata.name } });
  }
  await bed.api.delete(namespaceRef(namespace));
  const waits = (message?: string) => message?.includes('accesskeys.dev/revoke in 1 resource instances');
  await bed.api.waitFor(namespaceRef(namespace), 'waiting', (object) =>
    object?.status?.conditions?.some(({ message }) => waits(message)),
  );
  await until('refused by the store', async () => (await store.admin.probe(pair)).kind !== 'works');
  const account = release.objects.find(({ kind }) => kind === 'ServiceAccount');
  if (!account) throw new Error('no ServiceAccount');
  // As docs/install.md has it.
  const [role] = await bed.api.applyFile(
    join(import.meta.dirname, '..', '..', '..', 'charts', 'access-key-operator', 'files', 'clusterrole.yaml'),
  );
  if (!role) throw new Error('no ClusterRole');
  const binding = {
    apiVersion: RBAC,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'going-for-a-while' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.metadata.name },
    subjects: [{ kind: 'ServiceAccount', name: account.metadata.name, namespace: release.home }],
  };
  await bed.api.apply(binding);
  await bed.api.waitGone(namespaceRef(namespace), { timeoutMs: 100_000 });
  await bed.api.delete(binding);
  expect(await store.admin.getUser(pair.accessKeyId)).toBeUndefined();
});
