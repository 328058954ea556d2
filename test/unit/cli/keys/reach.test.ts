import { expect, test } from 'vitest';
import { reachOf } from '../../../../src/cli/keys/reach.ts';

const key = (permissions: object[], more: { reason?: string; ids?: boolean } = {}) =>
  ({
    metadata: { name: 'a', namespace: 'shop' },
    spec: { bucketAccess: [{ bucketName: 'x' }, { bucketName: 'photos' }] },
    status: {
      permissions,
      ...(more.ids !== false && {
        accessKeyId: 'NEW',
        previousKeys: [{ accessKeyId: 'OLD', revokeAt: '2099-01-01T00:00:00Z' }],
      }),
      conditions: [{ type: 'Ready', status: 'True', reason: more.reason ?? 'Issued', message: '' }],
    },
  }) as never;

test('a bucket is reached by an entry, an unrestricted key, and every id that the store takes', () => {
  const limited = key([{ bucketName: 'photos', permissions: 'read_only', prefixes: ['a/'] }]);
  expect(reachOf(limited, 'photos', 'read')).toEqual({
    level: 'read_only',
    prefixes: ['a/'],
    through: 'spec.bucketAccess[1]',
    ids: ['NEW', 'OLD'],
    refusedBecause: undefined,
  });
  expect(reachOf(limited, 'photos', 'write')).toBeUndefined();
  expect(reachOf(limited, 'logs', 'read')).toBeUndefined();
  const all = key([{ bucketName: '*', permissions: 'unrestricted' }]);
  expect(reachOf(all, 'logs', 'write')).toMatchObject({ level: 'unrestricted', through: 'unrestricted' });
});

test('a bucket stays reached by an entry that the spec has no more; a disabled key is refused, and one without a pair reaches nothing', () => {
  const gone = key([{ bucketName: 'old', permissions: 'read_write' }]);
  expect(reachOf(gone, 'old', 'write')?.through).toBe('an entry that the spec has no more');
  const disabled = key([{ bucketName: 'old', permissions: 'read_write' }], { reason: 'Disabled' });
  expect(reachOf(disabled, 'old', 'write')?.refusedBecause).toBe('Disabled');
  expect(
    reachOf(key([{ bucketName: 'old', permissions: 'read_write' }], { ids: false }), 'old', 'read'),
  ).toBeUndefined();
});
