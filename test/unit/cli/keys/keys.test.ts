import { describe, expect, test } from 'vitest';
import { sortKeys } from '../../../../src/cli/keys/list.ts';
import { nameFromLabel, newKeyManifest } from '../../../../src/cli/keys/new-key.ts';
import { accessInForce, permissionRows } from '../../../../src/cli/keys/permissions.ts';
import { reads } from '../../../../src/cli/keys/pods.ts';
import { inForce, isDisabled, isRevoked } from '../../../../src/cli/keys/wait.ts';
import { missingRight } from '../../../../src/cli/shell/errors.ts';
import { KubeError } from '../../../../src/kube/errors.ts';

test.each([
  ['Photo uploader', 'photo-uploader'],
  ['  Größe & Maß (EU) ', 'gro-e-ma-eu'],
  ['Café', 'cafe'],
  ['日本', ''],
  ['x'.repeat(80), 'x'.repeat(63)],
])('the label %j gives the name %j', (label, name) => {
  expect(nameFromLabel(label)).toBe(name);
});

test('a new key always says whether it is limited', () => {
  const spec = (access: 'unrestricted' | []) => newKeyManifest({ name: 'a', namespace: 'b', access }).spec;
  expect(spec('unrestricted')).toEqual({ limited: false });
  expect(spec([])).toEqual({ limited: true });
});

const key = (name: string, parts: { spec?: object; status?: object; metadata?: object } = {}) =>
  ({
    metadata: { name, namespace: 'shop', generation: 2, creationTimestamp: '2026-01-01', ...parts.metadata },
    spec: { storeRef: { kind: 'ClusterObjectStore', name: 'default' }, ...parts.spec },
    status: parts.status ?? {},
  }) as never;

test('keys without a value in the sorted column come last', () => {
  const keys = [
    key('a'),
    key('b', { spec: { expiresAt: '2027' } }),
    key('c', { spec: { expiresAt: '2026' } }),
  ];
  const names = sortKeys(keys, 'expires').map(({ metadata }) => metadata.name);
  expect(names).toEqual(['c', 'b', 'a']);
});

test('permissions show every bucket that is asked for or in force', () => {
  const accessKey = key('a', {
    spec: {
      limited: true,
      bucketAccess: [
        { bucketName: 'photos', permissions: 'read_write' },
        { bucketName: 'payroll', permissions: 'none' },
      ],
    },
    status: {
      permissions: [
        { bucketName: 'photos', permissions: 'read_only', prefixes: ['a/'] },
        { bucketName: 'old', permissions: 'read_only' },
      ],
    },
  });
  expect(
    permissionRows(accessKey).map(({ bucketName, asked, inForce: now }) => [
      bucketName,
      asked.level,
      now.level,
    ]),
  ).toEqual([
    ['old', 'none', 'read_only'],
    ['payroll', 'none', 'none'],
    ['photos', 'read_write', 'read_only'],
  ]);
  expect(accessInForce(accessKey)).toMatchObject({ kind: 'limited', entries: [{}, {}] });
});

describe('waiting', () => {
  const says = (status: string, reason: string, more: object[] = [], observedGeneration = 2) =>
    key('a', {
      status: {
        observedGeneration,
        conditions: [{ type: 'Ready', status, reason, message: 'said' }, ...more],
      },
    });
  const stalled = [{ type: 'Stalled', status: 'True' }];

  test.each([
    ['no status yet', key('a'), 'onItsWay'],
    ['the last edit is not seen', says('True', 'Issued', [], 1), 'onItsWay'],
    ['on its way', says('False', 'Issuing'), 'onItsWay'],
    ['in force', says('True', 'Issued'), 'reached'],
    ['it waits for somebody', says('False', 'GrantDenied', stalled), 'stopped'],
    ['gone', undefined, 'stopped'],
  ])('for a change ends or goes on: %s', (_, accessKey, state) => {
    expect(inForce(accessKey).state).toBe(state);
  });

  test('for disabling ends when the key is disabled', () => {
    expect(isDisabled(says('False', 'Disabled', stalled)).state).toBe('reached');
    expect(isDisabled(says('False', 'Paused', stalled)).state).toBe('stopped');
  });

  test('for a revocation ends when the object is gone', () => {
    expect(isRevoked(undefined).state).toBe('reached');
    expect(isRevoked(says('False', 'Deleting'))).toEqual({ state: 'onItsWay', sentence: 'Deleting: said' });
  });
});

describe('a pod that reads the Secret', () => {
  test.each([
    ['a variable', { containers: [{ env: [{ valueFrom: { secretKeyRef: { name: 'photos' } } }] }] }],
    ['all variables', { initContainers: [{ envFrom: [{ secretRef: { name: 'photos' } }] }] }],
    ['a volume', { volumes: [{ secret: { secretName: 'photos' } }] }],
    ['a projection', { volumes: [{ projected: { sources: [{}, { secret: { name: 'photos' } }] } }] }],
  ])('is found if it reads it by %s', (_, spec) => {
    expect(reads({ metadata: {} as never, spec }, 'photos')).toBe(true);
    expect(reads({ metadata: {} as never, spec }, 'other')).toBe(false);
  });
});

test.each([
  [
    'list accesskeys: 403 Forbidden: accesskeys.accesskeys.dev is forbidden: User "jane" cannot list resource "accesskeys" in API group "accesskeys.dev" at the cluster scope',
    'list accesskeys.accesskeys.dev in the whole cluster',
  ],
  [
    'get secrets shop/x: 403 Forbidden: secrets "x" is forbidden: User "jane" cannot get resource "secrets" in API group "" in the namespace "shop"',
    'get secrets in namespace shop',
  ],
  ['create accesskeys: 403 Forbidden: exceeded quota', undefined],
])('missingRight finds the right that an answer names: %s', (message, right) => {
  expect(missingRight(new KubeError('answered', message, { status: 403 }))).toBe(right);
});
