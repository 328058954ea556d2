import { describe, expect, test } from 'vitest';
import { listBounds, mayBeOurs } from '../../../src/objectstore/list-bounds.ts';
import { newAccessKeyId, policyName } from '../../../src/ownership/names.ts';

const MIB = 1024 * 1024;
const cluster = { name: 'here', uid: '0b0f4a3e-5e0f-4b8b-9f7e-7c1f3a6f2d11' };

describe('the part of a list that is read', () => {
  test('is enough for four users of each key, whatever their number', () => {
    // As MinIO writes them, with the longest names that there are.
    const user = 4 * (20 + 206 + 100);
    for (const keys of [1_000, 10_000, 30_000]) {
      const { maxBytes, maxNames } = listBounds('ObjectStore', keys);
      expect(maxBytes).toBeGreaterThan(Math.min(keys * user, 63 * MIB));
      expect(maxNames).toBeGreaterThan(keys * 8);
    }
  });

  test('has a minimum, lower for an endpoint that a tenant chose, and a maximum', () => {
    expect(listBounds('ClusterObjectStore', 0)).toEqual({ maxBytes: 16 * MIB, maxNames: 50_000 });
    expect(listBounds('ObjectStore', 0)).toEqual({ maxBytes: 16 * MIB, maxNames: 5_000 });
    expect(listBounds('ObjectStore', 10_000_000).maxBytes).toBe(64 * MIB);
  });
});

describe("a user that may be the operator's", () => {
  const policy = policyName(cluster, 'shop', 'key');
  const ours = newAccessKeyId(policy, (size) => Buffer.alloc(size, 1));
  const user = (accessKeyId: string, ...policies: string[]) => ({
    accessKeyId,
    enabled: true,
    policies,
    groups: [],
  });

  test.each([
    ['has a policy of this cluster among its own', user('imported', 'readwrite', policy), true],
    ['has no policy, and an id of our form', user(ours), true],
    ['has no policy', user('somebody'), false],
    ['has an id of our form and a policy of somebody else', user(ours, 'readwrite'), false],
    ['has a policy of another cluster', user('x', policy.replace('here', 'there')), false],
  ])('%s: %s', (_, given, expected) => {
    expect(mayBeOurs(cluster, given)).toBe(expected);
  });
});
