import { describe, expect, test } from 'vitest';
import { customResourceDefinitions } from '../../../../src/api/schema/crd.ts';
import { addressingDiagnoses } from '../../../../src/cli/doctor/addressing.ts';
import { definitionDiagnoses } from '../../../../src/cli/doctor/definitions.ts';
import type { Diagnosis } from '../../../../src/cli/doctor/finding.ts';
import { keyDiagnoses } from '../../../../src/cli/doctor/keys.ts';
import { deploymentDiagnoses, leaseDiagnoses } from '../../../../src/cli/doctor/operator.ts';
import { rightDiagnoses } from '../../../../src/cli/doctor/rights.ts';
import { grantDiagnoses, storeDiagnoses } from '../../../../src/cli/doctor/stores.ts';

const states = (found: readonly Diagnosis[]) => found.map(({ state }) => state);
const metadata = (name: string, namespace = 'operator') => ({ name, namespace }) as never;

describe('doctor', () => {
  const deployment = (replicas: number, readyReplicas: number, image = 'x/access-key-operator:0.1.0') => ({
    metadata: metadata('access-key-operator'),
    spec: { replicas, template: { spec: { containers: [{ image }] } } },
    status: { readyReplicas },
  });

  test.each([
    [[], ['warning']],
    [[deployment(2, 2)], ['ok']],
    [[deployment(2, 1)], ['warning']],
    [[deployment(2, 0)], ['problem']],
    [[deployment(1, 1, 'host:5000/op:0.2.0@sha256:abc')], ['ok', 'warning']],
    [[deployment(1, 1, 'host:5000/op')], ['ok']],
  ] as const)('judges Deployments of the operator (case %#)', (deployments, expected) => {
    expect(states(deploymentDiagnoses(deployments, '0.1.0'))).toEqual(expected);
  });

  const now = Date.parse('2026-11-27T12:00:00Z');
  test.each([
    [undefined, 'warning'],
    [{ holderIdentity: 'pod-1', renewTime: '2026-11-27T11:59:58.000000Z', leaseDurationSeconds: 15 }, 'ok'],
    [
      { holderIdentity: 'pod-1', renewTime: '2026-11-27T11:58:00.000000Z', leaseDurationSeconds: 15 },
      'problem',
    ],
    [{ holderIdentity: '', renewTime: '2026-11-27T11:59:58.000000Z' }, 'problem'],
  ])('judges the Lease %j', (spec, expected) => {
    const leases = spec ? [{ metadata: metadata('access-key-operator'), spec }] : [];
    expect(states(leaseDiagnoses(leases, now))).toEqual([expected]);
  });
});

test('doctor tells CRDs that are missing, older and of this version', () => {
  const wanted = customResourceDefinitions();
  const [first, second] = wanted;
  if (!first || !second) throw new Error('there are three');
  const installed = new Map<string, never>(
    wanted.map((crd) => [crd.metadata.name, JSON.parse(JSON.stringify(crd)) as never]),
  );
  expect(states(definitionDiagnoses(wanted, installed, '0.1.0'))).toEqual(['ok']);
  const older = JSON.parse(JSON.stringify(second));
  delete older.spec.versions[0].schema.openAPIV3Schema.properties.spec;
  installed.set(second.metadata.name, older as never);
  installed.delete(first.metadata.name);
  expect(states(definitionDiagnoses(wanted, installed, '0.1.0'))).toEqual(['problem', 'warning']);
});

const store = (grants: readonly object[], status: object = {}, endpoint = 'https://minio.example.com') =>
  ({
    kind: 'ClusterObjectStore',
    metadata: { name: 'default' },
    spec: { endpoint, orphans: 'Disable', grants },
    status,
  }) as never;

test('doctor reports stores that cannot be used, and users that belong to nobody', () => {
  const ready = (status: string) => [{ type: 'Ready', status, reason: 'Because', message: 'said' }];
  expect(states(storeDiagnoses([store([], { conditions: ready('True') })]))).toEqual(['ok']);
  expect(states(storeDiagnoses([store([], { conditions: ready('False'), orphanedUsers: 2 })]))).toEqual([
    'problem',
    'warning',
  ]);
  expect(states(storeDiagnoses([store([])]))).toEqual(['problem']);
  expect(states(storeDiagnoses([]))).toEqual(['warning']);
});

test('doctor reports a grant that matches no namespace', () => {
  const namespaces = [{ name: 'shop', labels: { team: 'shop' } }];
  const of = (selector: object) =>
    states(grantDiagnoses([store([{ namespaces: selector, buckets: ['*'] }])], namespaces));
  expect(of({ names: ['shop'] })).toEqual(['ok']);
  expect(of({ matchLabels: { team: 'shop' } })).toEqual(['ok']);
  expect(of({ names: ['shpo'] })).toEqual(['warning']);
});

test('doctor lists keys that are not Ready by reason, with its remedy', () => {
  const key = (name: string, status: string, reason: string) =>
    ({
      metadata: { name, namespace: 'shop' },
      status: { conditions: [{ type: 'Ready', status, reason, message: '' }] },
    }) as never;
  const found = keyDiagnoses([
    key('a', 'True', 'Issued'),
    key('b', 'False', 'GrantDenied'),
    key('c', 'False', 'GrantDenied'),
    key('d', 'False', 'Disabled'),
    { metadata: { name: 'e', namespace: 'shop' }, status: {} } as never,
  ]);
  expect(found.map(({ state, message }) => `${state} ${message}`)).toEqual([
    'ok 1 of 5 are Ready',
    expect.stringMatching(/^problem 2 not Ready, GrantDenied: .* shop\/b, shop\/c$/),
    expect.stringMatching(/^ok 1 not Ready, Disabled: /),
    'problem the operator has not reconciled shop/e',
  ]);
});

test('doctor finds out if a bucket can be a part of the host name', async () => {
  const known =
    (...hosts: string[]) =>
    async (host: string) =>
      hosts.includes(host);
  const of = async (endpoint: string, ...hosts: string[]) =>
    states(await addressingDiagnoses([store([], {}, endpoint)], known(...hosts)));
  expect(await of('https://10.0.0.1:9000')).toEqual(['ok']);
  expect(await of('https://[::1]:9000')).toEqual(['ok']);
  expect(await of('https://minio.example.com', 'minio.example.com', 'a-bucket.minio.example.com')).toEqual([
    'ok',
  ]);
  expect(await of('https://minio.example.com', 'minio.example.com')).toEqual(['warning']);
  expect(await of('https://minio.storage.svc:9000')).toEqual(['unknown']);
  const said = async (addressing: string) =>
    states(await addressingDiagnoses([store([], { addressing }, 'https://minio.storage.svc:9000')], known()));
  expect(await said('VirtualHost')).toEqual(['ok']);
  expect(await said('Path')).toEqual(['warning']);
});

test('doctor lists missing rights by what they are for', async () => {
  expect(states(await rightDiagnoses(async () => true, 'shop'))).toEqual(['ok']);
  const found = await rightDiagnoses(async ({ verb }) => verb !== 'delete', 'shop');
  expect(found.map(({ message }) => message)).toEqual([
    "revoke won't work in namespace shop: you may not delete accesskeys.accesskeys.dev",
  ]);
});
