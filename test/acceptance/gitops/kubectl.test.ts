/** AccessKeys as people and tools meet them through kubectl: apply, get, wait, explain, and Events. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FIELD_MANAGER } from '../../../src/api/names.ts';
import type { KubeObject } from '../../bed/api.ts';
import { findPrograms } from '../../bed/programs.ts';
import {
  accessKeyRef,
  edit,
  fixtures,
  makeBucket,
  type NamespacedRef,
  ready,
  reason,
  type TestStore,
  until,
} from '../../integration/support/fixtures.ts';
import { documented } from './verdicts.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const { bed, namespace, operator, store: makeStore, accessKey, end } = await fixtures('kubectl');
const programs = await findPrograms(['kubectl'], console.log);
let ns = '';
let bucket = '';
let store: TestStore;

beforeAll(async () => {
  await operator();
  store = await makeStore();
  [ns, bucket] = await Promise.all([namespace(), makeBucket(store, 'kubectl')]);
});
afterAll(end);

/** The environment of commands that call kubectl as their users do. */
const env = { PATH: process.env['PATH'] ?? '', HOME: bed.folder, KUBECONFIG: bed.adminKubeconfig };

/** Runs kubectl in the test's namespace. @returns what it printed @throws Error with what it said, if it fails */
async function kubectl(args: readonly string[], input = ''): Promise<string> {
  const running = promisify(execFile)(programs.kubectl, ['--namespace', ns, ...args], { env });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

const spec = () => ({
  storeRef: { name: store.name },
  limited: true,
  bucketAccess: [{ bucketName: bucket, permissions: 'read_write' as const }],
});

const manifest = (name: string) => JSON.stringify({ ...accessKeyRef(ns, name), spec: spec() });

async function issued(more: object = {}): Promise<NamespacedRef> {
  const ref = await accessKey(ns, store, { ...spec(), ...more });
  await ready(bed, ref);
  return ref;
}

describe('kubectl get', () => {
  const header = async (...args: string[]) => (await kubectl(['get', ...args])).split('\n')[0]?.split(/\s+/);

  test('shows what people look for, and the rest with -o wide', async () => {
    const rotation = { interval: '720h', gracePeriod: '24h' };
    const { metadata } = await issued({ expiresAt: '2099-01-01T00:00:00Z', rotation });
    const columns = ['NAME', 'LABEL', 'ACCESS', 'KEY-ID', 'SECRET', 'READY', 'REASON', 'AGE'];
    expect(await header('ak', metadata.name)).toEqual(columns);
    expect(await header('ak', metadata.name, '-o', 'wide')).toEqual([
      ...columns,
      ...['STORE', 'EXPIRES', 'NEXT-ROTATION'],
    ]);
    const row = await kubectl(['get', 'ak', metadata.name, '-o', 'wide', '--no-headers']);
    expect(row.trim().split(/\s{2,}/)).toEqual([
      ...[metadata.name, metadata.name, '1 bucket: 1 read_write'],
      ...[expect.stringMatching(/^AKO/), metadata.name, 'True', 'Issued', expect.stringMatching(/^\d+s$/)],
      ...[store.name, '2099-01-01T00:00:00Z', expect.stringMatching(/^20\d\d-\d\d-\d\dT[\d:]+Z$/)],
    ]);
  });
});

test('kubectl explain says what a field takes and does', async () => {
  const text = await kubectl(['explain', 'accesskey.spec.bucketAccess.permissions']);
  expect(text).toMatch(/FIELD: permissions <string>/);
  expect(text).toMatch(/ENUM:\s+none\s+read_only\s+read_write/);
  expect(text.replaceAll(/\s+/g, ' ')).toContain('read_only: read objects and settings');
});

describe('kubectl wait', () => {
  const wait = (name: string, condition: string, timeout = '30s') =>
    kubectl(['wait', `accesskey/${name}`, `--for=${condition}`, `--timeout=${timeout}`]);

  test('waits for Ready of a new key, and of an edit that is not in force yet', async () => {
    await kubectl(['apply', '-f', '-'], manifest('waited'));
    expect(await wait('waited', 'condition=Ready')).toContain('condition met');
    const ref = accessKeyRef(ns, 'waited');
    await edit(bed, ref, { bucketAccess: [{ bucketName: bucket, permissions: 'read_only' }] });
    await wait('waited', 'condition=Ready');
    expect((await bed.api.get(ref))?.status?.['access']).toBe('1 bucket: 1 read_only');
  });

  test('fails to wait for Ready of a key that was refused', async () => {
    const ref = await issued();
    await edit(bed, ref, { disabled: true });
    await reason(bed, ref, 'Disabled');
    await expect(wait(ref.metadata.name, 'condition=Ready', '1s')).rejects.toThrow('timed out');
    expect(await wait(ref.metadata.name, 'condition=Ready=false', '10s')).toContain('condition met');
  });

  test('waits for the deletion', async () => {
    const { metadata } = await issued();
    await kubectl(['delete', 'accesskey', metadata.name, '--wait=false']);
    await wait(metadata.name, 'delete');
    expect(await kubectl(['get', 'accesskey', metadata.name, '--ignore-not-found'])).toBe('');
  });
});

test('status.binding names the Secret with the pair, as servicebinding.io has it', async () => {
  const ref = await issued({ secretName: 'bound', secretTemplate: { formats: ['servicebinding'] } });
  const { binding } = (await ready(bed, ref)).status;
  expect(binding).toEqual({ name: 'bound' });
  const secret = await bed.api.get({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: ns, name: 'bound' },
  });
  expect(Object.keys(secret?.data ?? {})).toContain('AWS_SECRET_ACCESS_KEY');
  const { hostname, port } = new URL(bed.minio.endpoint);
  const entries = { type: 's3', provider: 'minio', host: hostname, port, uri: bed.minio.endpoint };
  for (const [key, value] of Object.entries(entries))
    expect(Buffer.from(secret?.data?.[key] ?? '', 'base64').toString()).toBe(value);
  const kinds = ['get', 'crd', '-l', 'servicebinding.io/provisioned-service=true', '-o', 'name'];
  expect(await kubectl(kinds)).toContain('/accesskeys.accesskeys.dev\n');
});

describe('what is applied again', () => {
  interface ManagedFields {
    readonly manager: string;
    readonly subresource?: string;
    readonly fieldsV1: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  }
  const managedBy = (object: KubeObject | undefined, manager: string): readonly ManagedFields[] => {
    const { managedFields = [] } = (object?.metadata ?? {}) as { managedFields?: readonly ManagedFields[] };
    return managedFields.filter((entry) => entry.manager === manager);
  };

  test('changes nothing, by kubectl apply and by server-side apply of another manager', async () => {
    const ref = accessKeyRef(ns, 'applied');
    await kubectl(['apply', '-f', '-'], manifest('applied'));
    await ready(bed, ref);
    const first = await bed.api.get(ref);
    expect(await kubectl(['apply', '-f', '-'], manifest('applied'))).toContain('unchanged');
    expect((await bed.api.get(ref))?.metadata.resourceVersion).toBe(first?.metadata.resourceVersion);

    // Nobody's fields are in the way of another tool: no conflict without --force-conflicts.
    const byFlux = ['apply', '--server-side', '--field-manager=kustomize-controller', '-f', '-'];
    await kubectl(byFlux, manifest('applied'));
    const second = await bed.api.get(ref);
    expect(managedBy(second, 'kustomize-controller')).toHaveLength(1);
    await kubectl(byFlux, manifest('applied'));
    const third = await bed.api.get(ref);
    expect(third?.metadata.resourceVersion).toBe(second?.metadata.resourceVersion);
    expect(third?.metadata.generation).toBe(first?.metadata.generation);
  });

  test('is still the spec as it was written: the operator writes the finalizer and the status alone', async () => {
    const ref = await issued({ rotation: { gracePeriod: '0s' } });
    await edit(bed, ref, { keyGeneration: 2 });
    await ready(bed, ref);
    await edit(bed, ref, { disabled: true });
    await reason(bed, ref, 'Disabled');
    const object = await bed.api.get(ref);
    const ours = managedBy(object, FIELD_MANAGER);
    expect(ours.map(({ subresource, fieldsV1 }) => [subresource, Object.keys(fieldsV1)])).toEqual([
      [undefined, ['f:metadata']],
      ['status', ['f:status']],
    ]);
    expect(Object.keys(ours[0]?.fieldsV1['f:metadata'] ?? {})).toEqual(['f:finalizers']);
    expect(object?.metadata.generation).toBe(3);
  });
});

test('Events are few, and what happens again counts up', async () => {
  const ref = await issued();
  const { uid } = (await ready(bed, ref)).metadata;
  interface Event extends KubeObject {
    readonly reason: string;
    readonly regarding: { readonly uid: string };
    readonly series?: { readonly count: number };
  }
  const events = async () => {
    const all = await bed.api.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace: ns });
    return (all as Event[]).filter(({ regarding }) => regarding.uid === uid);
  };
  const counts = async () =>
    (await events()).map((event) => `${event['type']} ${event.reason} ${event.series?.count ?? 1}`).sort();

  for (let round = 0; round < 3; round += 1) {
    await edit(bed, ref, { disabled: true });
    await reason(bed, ref, 'Disabled');
    await edit(bed, ref, { disabled: false });
    await ready(bed, ref);
    await bed.api.patch(ref, { metadata: { annotations: { 'accesskeys.dev/paused': 'true' } } });
    await reason(bed, ref, 'Paused');
    await bed.api.patch(ref, { metadata: { annotations: { 'accesskeys.dev/paused': null } } });
    await ready(bed, ref);
  }
  // Sent in the background, one after the other: the last of them says that the earlier ones were.
  await edit(bed, ref, { bucketAccess: [{ bucketName: bucket, permissions: 'read_only' }] });
  await ready(bed, ref);
  const expected = ['Normal Disabled 3', 'Normal Enabled 3', 'Normal Issued 1', 'Normal Updated 1'];
  await until('all Events', async () => (await counts()).join() === expected.join(), 10_000).catch(() => {});
  expect(await counts()).toEqual(expected);
});

test("docs/gitops.md adds the health checks to Argo CD's ConfigMap and leaves the rest as it is", async () => {
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'argocd', name: 'argocd-cm' },
  };
  await bed.api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } });
  await bed.api.create({ ...config, data: { url: 'https://argocd.example.com' } });
  try {
    const script = `set -euo pipefail\nkubectl() { "$KUBECTL" "$@"; }\n${await documented('argocd')}`;
    const options = { cwd: ROOT, env: { ...env, KUBECTL: programs.kubectl } };
    for (const _ of ['installed', 'and again']) {
      await promisify(execFile)('bash', ['-c', script], options);
    }
    const { data = {} } = (await bed.api.get(config)) ?? {};
    const check = (kind: string) => data[`resource.customizations.health.accesskeys.dev_${kind}`];
    expect(data['url']).toBe('https://argocd.example.com');
    expect(check('AccessKey')).toContain('return { status = "Suspended"');
    expect(check('ClusterObjectStore')).toContain('ClusterObjectStore and ObjectStore');
    expect(check('ObjectStore')).toBe(check('ClusterObjectStore'));
  } finally {
    await bed.api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } });
  }
});
