/**
 * Releases of the chart by the real helm: installed from an older version, upgraded, rolled back, uninstalled and
 * installed again. There is no kubelet: the test runs the pods' programs as the ServiceAccounts that the chart made.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildBundle } from '../../../scripts/build.ts';
import { createMinioStore } from '../../../src/provider/minio/admin.ts';
import type { Pair } from '../../../src/provider/provider.ts';
import { ApiError, type Ref } from '../../bed/api.ts';
import { startBed } from '../../bed/bed.ts';
import { installCrds, knowsFinalizerPolicy } from '../../bed/install.ts';
import type { Operator } from '../../bed/operator.ts';
import {
  accessKeyRef,
  credentialsData,
  edit,
  namespaceRef,
  objectStoreRef,
  readPair,
  ready,
  samePair,
  secretOf,
  secretRef,
  storeReady,
  storeRef,
  until,
} from '../../integration/support/fixtures.ts';
import { runPod, startDeployed } from './deployed.ts';
import { CHART, helmOf, IMAGE } from './helm.ts';
import { olderChart } from './older.ts';
import { RELEASES } from './releases.ts';

// A bed of its own: the releases bring what other tests' bed has already.
const bed = await startBed({ crds: false, rbac: false, log: console.log });
const helm = await helmOf(bed);
const bundle = join(bed.folder, 'bundle');
const root = { accessKeyId: bed.minio.rootUser, secretAccessKey: bed.minio.rootPassword };
const admin = createMinioStore({ endpoint: bed.minio.endpoint, credentials: root });
const LACKS = 'publicEndpoint';
const PUBLIC = 'https://s3.example.com';
const CRDS = ['accesskeys', 'clusterobjectstores', 'objectstores'].map((plural) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.accesskeys.dev` },
}));
let older = { cluster: '', own: '' };

beforeAll(async () => {
  await buildBundle(bundle);
  const lacks = LACKS;
  const cluster = { version: '0.0.9', crd: 'accesskeys.dev_clusterobjectstores.yaml', lacks };
  const own = { version: '0.0.8', crd: 'accesskeys.dev_objectstores.yaml', lacks };
  older = { cluster: await olderChart(bed.folder, cluster), own: await olderChart(bed.folder, own) };
  await bed.api.apply({ ...namespaceRef('shop') });
  await bed.api.apply({ ...namespaceRef('storage') });
  for (const namespace of ['storage', 'shop'])
    await bed.api.apply({ ...secretRef(namespace, 'minio-admin'), stringData: credentialsData(root) });
});
afterAll(async () => {
  await admin.close();
  await bed.stop();
});

/**
 * As docs/install.md has it: without --wait, which needs a kubelet, a store from values may come before its CRD is
 * served; then it is done again. @returns what helm said
 */
async function install(name: string, chart: string, ...args: readonly string[]): Promise<string> {
  try {
    return await helm.run('install', name, chart, ...args);
  } catch (error) {
    if (!String(error).includes('resource mapping not found')) throw error;
    const namespace = args[args.indexOf('--namespace') + 1] ?? '';
    await helm.run('uninstall', name, '--namespace', namespace);
    return helm.run('install', name, chart, ...args);
  }
}

describe.each(RELEASES)('$what', (release) => {
  const { name, namespace, bringsCrds, bringsStore, ownStore = false } = release;
  const deployment: Ref = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name: release.deployment },
  };
  const key = accessKeyRef('shop', `${name}-key`);
  const store = ownStore ? objectStoreRef('shop', 'default') : storeRef('default');
  let values = '';
  let operator: Operator;
  let pair: Pair;

  /** Puts a public endpoint into the store. The API server keeps it if the CRD knows the field. */
  async function knowsTheField(): Promise<boolean> {
    await bed.api.patch(store, { spec: { [LACKS]: null } });
    const { spec } = await bed.api.patch(store, { spec: { [LACKS]: PUBLIC } });
    return spec?.[LACKS] === PUBLIC;
  }

  /** Ends the operator and starts the one that the release has now, as a Deployment does. */
  async function roll(): Promise<void> {
    await operator?.kill();
    operator = await startDeployed(bed, deployment, bundle);
  }

  async function expectSameKey(): Promise<void> {
    await ready(bed, key);
    expect(samePair(await readPair(bed, secretOf(key)), pair)).toBe(true);
    expect(await admin.probe(pair)).toMatchObject({ kind: 'works' });
  }

  const inNamespace = ['--namespace', namespace];

  test('installs in an older version and issues a key', async () => {
    if (bringsCrds) await installCrds(bed.api);
    values = await helm.values(release.values(bed));
    const said = await install(
      name,
      ownStore ? older.own : older.cluster,
      ...inNamespace,
      '--create-namespace',
      '--values',
      values,
    );
    expect(said).toContain(`rollout status deployment/${release.deployment}`);
    if (bringsStore) {
      const spec = {
        endpoint: bed.minio.endpoint,
        allowInsecure: true,
        ...(ownStore
          ? { credentialsRef: { name: 'minio-admin' } }
          : {
              credentialsRef: { namespace: 'storage', name: 'minio-admin' },
              grants: [{ namespaces: { all: true }, buckets: ['*'], unrestricted: true }],
            }),
      };
      await bed.api.create({ ...store, spec });
    }
    await roll();
    await storeReady(bed, store);
    const spec = {
      ...(ownStore && { storeRef: { kind: 'ObjectStore', name: 'default' } }),
      limited: true,
      bucketAccess: [{ bucketName: 'photos', permissions: 'read_write' }],
    };
    await createKey(spec);
    await ready(bed, key);
    pair = await readPair(bed, secretOf(key));
    await expectSameKey();
    expect(await knowsTheField()).toBe(bringsCrds);
  });

  /** While the CRDs are some seconds old, the API server asks to try again (docs/admission.md). */
  async function createKey(spec: object): Promise<void> {
    await until('the API server has read the CRDs', () =>
      bed.api.create({ ...key, spec }).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 503) return undefined;
        throw error;
      }),
    );
  }

  test('passes helm test, which makes a key and revokes it', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: `${release.deployment}-test` },
    };
    const tested = helm.run('test', name, ...inNamespace);
    const [said] = await Promise.all([runPod(bed, pod, bundle), tested]);
    expect(said).toContain('revoked, and the store has confirmed it');
    expect(said).not.toContain(pair.secretAccessKey);
    expect(
      await bed.api.get(accessKeyRef(ownStore ? 'shop' : namespace, `${release.deployment}-test`)),
    ).toBeUndefined();
  });

  test('upgrades with its CRDs, and the key stays', async () => {
    await helm.run('upgrade', name, CHART, ...inNamespace, '--values', values);
    expect(await knowsTheField()).toBe(true);
    await roll();
    await expectSameKey();
    await edit(bed, key, { label: 'after the upgrade' });
    expect((await ready(bed, key)).status.label).toBe('after the upgrade');
    await expectSameKey();
  });

  test('rolls back, and the key stays', async () => {
    await helm.run('rollback', name, '1', ...inNamespace);
    expect(await knowsTheField()).toBe(bringsCrds);
    await roll();
    await expectSameKey();
  });

  test('uninstalls, and the key, CRDs, stores and AccessKeys stay', async () => {
    // Helm removes the Deployment before the roles, so that the pods can give their Lease back.
    await operator.kill();
    await helm.run('uninstall', name, ...inNamespace);
    for (const ref of [...CRDS, store, key, secretOf(key)]) {
      const { metadata } = (await bed.api.get(ref)) ?? {};
      expect(metadata?.name).toBe(ref.metadata.name);
      expect(metadata?.deletionTimestamp).toBeUndefined();
    }
    expect(await admin.probe(pair)).toMatchObject({ kind: 'works' });
    expect(await bed.api.get(deployment)).toBeUndefined();
    expect(await labelled()).toEqual(release.leaves);
  });

  /** Returns the objects of the release that are still there, except CRDs and stores, which stay. */
  async function labelled(): Promise<string[]> {
    const labelSelector = `app.kubernetes.io/instance=${name}`;
    const rbac = 'rbac.authorization.k8s.io/v1';
    const kinds = [
      ...[
        ['v1', 'Secret'],
        ['v1', 'Service'],
        ['v1', 'ServiceAccount'],
        ['v1', 'Pod'],
        ['apps/v1', 'Deployment'],
      ],
      ...[
        [rbac, 'Role'],
        [rbac, 'RoleBinding'],
        [rbac, 'ClusterRole'],
        [rbac, 'ClusterRoleBinding'],
      ],
      ...[
        ['policy/v1', 'PodDisruptionBudget'],
        ['networking.k8s.io/v1', 'NetworkPolicy'],
      ],
      ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'],
      ...((await knowsFinalizerPolicy(bed.api))
        ? [['admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicy']]
        : []),
    ];
    const lists = await Promise.all(
      kinds.map(([apiVersion = '', kind = '']) => bed.api.list({ apiVersion, kind, labelSelector })),
    );
    // The test's pod is a hook: helm leaves it for its log, until the next test.
    return lists
      .flat()
      .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
      .filter((one) => !one.startsWith('Pod '));
  }

  test('installs again, and the same key can be revoked', async () => {
    await install(name, CHART, ...inNamespace, '--values', values);
    expect(await knowsTheField()).toBe(true);
    await roll();
    await expectSameKey();
    await bed.api.delete(key);
    await bed.api.waitGone(key);
    expect(await admin.probe(pair)).not.toMatchObject({ kind: 'works' });
    // As docs/install.md has it: the operator lets a store and its credentials go when no key needs them.
    await bed.api.delete(store);
    await bed.api.waitGone(store);
    await helm.run('uninstall', name, ...inNamespace);
    await operator.kill();
    for (const crd of CRDS) await bed.api.delete(crd);
    for (const crd of CRDS) await bed.api.waitGone(crd);
  });
});

test('helm test says what is missing without a store, and leaves nothing', async () => {
  const inNamespace = ['--namespace', 'storage'];
  const values = await helm.values({ ...IMAGE, test: { store: 'nowhere', timeout: '3s' } });
  await helm.run('install', 'keys', CHART, ...inNamespace, '--values', values);
  const metadata = { namespace: 'storage', name: 'keys-access-key-operator' };
  const operator = await startDeployed(bed, { apiVersion: 'apps/v1', kind: 'Deployment', metadata }, bundle);
  const name = 'keys-access-key-operator-test';
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'storage', name } };
  const [said, tested] = await Promise.allSettled([
    runPod(bed, pod, bundle),
    helm.run('test', 'keys', ...inNamespace),
  ]);
  expect(tested.status).toBe('rejected');
  expect(said).toMatchObject({ value: expect.stringContaining('StoreNotFound: ') });
  expect(said).toMatchObject({ value: expect.stringContaining('nowhere') });
  expect(await bed.api.get(accessKeyRef('storage', name))).toBeUndefined();
  await operator.kill();
  await helm.run('uninstall', 'keys', ...inNamespace);
});
