import { describe, expect, test } from 'vitest';
import type { AccessKey } from '../../../../src/api/schema/accesskey.ts';
import {
  changesNothing,
  disabledChange,
  gitPatch,
  labelChange,
  permissionChange,
  rotation,
  whatStops,
} from '../../../../src/cli/keys/change.ts';

const key = (spec: object = {}, status: object = {}) =>
  ({
    metadata: { name: 'photos', namespace: 'shop' },
    spec: { storeRef: { kind: 'ClusterObjectStore', name: 'default' }, disabled: false, ...spec },
    status: { observedGeneration: 1, ...status },
  }) as unknown as AccessKey;
const logs = { bucketName: 'logs', permissions: 'read_only' } as const;
const photos = { bucketName: 'photos', permissions: 'read_write' } as const;

describe('edited permissions', () => {
  test('are merged with those that are there', () => {
    const change = permissionChange(key({ limited: true, bucketAccess: [logs] }), [photos]);
    expect(change.spec).toEqual({ limited: true, bucketAccess: [logs, photos] });
  });

  test('replace the others with --only', () => {
    const change = permissionChange(key({ limited: true, bucketAccess: [logs] }), [photos], { only: true });
    expect(change.spec).toEqual({ limited: true, bucketAccess: [photos] });
  });

  test('limit the key to nothing if none is left, and never make it unrestricted', () => {
    const change = permissionChange(key({ limited: true, bucketAccess: [logs] }), [], { only: true });
    expect(change.spec).toEqual({ limited: true, bucketAccess: null });
  });

  test('are a written false and no entries if they are unrestricted', () => {
    const change = permissionChange(key({ limited: true, bucketAccess: [logs] }), 'unrestricted');
    expect(change.spec).toEqual({ limited: false, bucketAccess: null });
  });
});

test('a rotation asks for a generation that no pair was issued for', () => {
  expect(rotation(key()).spec).toEqual({ keyGeneration: 2 });
  expect(rotation(key({ keyGeneration: 4 })).spec).toEqual({ keyGeneration: 5 });
  // GitOps put the old number back after a rotation.
  expect(rotation(key({ keyGeneration: 1 }, { keyGeneration: 7 })).spec).toEqual({ keyGeneration: 8 });
});

test('a change that is there already is found', () => {
  expect(changesNothing(key(), disabledChange(false))).toBe(true);
  expect(changesNothing(key(), disabledChange(true))).toBe(false);
  expect(changesNothing(key({ label: 'Photos' }), labelChange('Photos'))).toBe(true);
  const limited = key({ limited: true, bucketAccess: [logs] });
  expect(changesNothing(limited, permissionChange(limited, [logs]))).toBe(true);
  expect(changesNothing(limited, permissionChange(limited, [], { only: true }))).toBe(false);
  const none = key({ limited: true });
  expect(changesNothing(none, permissionChange(none, [], { only: true }))).toBe(true);
});

test('a patch for Git has the changed fields alone', () => {
  expect(gitPatch(key({ label: 'Photos' }), disabledChange(true))).toEqual({
    apiVersion: 'accesskeys.dev/v1alpha1',
    kind: 'AccessKey',
    metadata: { name: 'photos', namespace: 'shop' },
    spec: { disabled: true },
  });
});

test('a revocation names every pair that stops', () => {
  const lines = whatStops(
    key(
      { label: 'Photos' },
      {
        accessKeyId: 'AKONEW',
        access: '1 bucket: 1 read_only',
        binding: { name: 'photos' },
        previousKeys: [{ accessKeyId: 'AKOOLD', revokeAt: '2026-01-01T00:00:00Z' }],
      },
    ),
  );
  expect(lines).toEqual([
    'Photos (shop/photos): 1 bucket: 1 read_only',
    'the store then refuses AKONEW and AKOOLD permanently',
    'Secret photos is removed',
  ]);
});
