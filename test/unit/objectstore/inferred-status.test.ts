import { expect, test } from 'vitest';
import type { SecretFacts } from '../../../src/accesskey/secret/facts.ts';
import { ANNOTATION_ENDPOINT } from '../../../src/api/names.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import { inferredStatusOf } from '../../../src/objectstore/inferred-status.ts';
import { newAccessKeyId, policyName } from '../../../src/ownership/names.ts';
import { createCache } from '../../../src/runtime/cache.ts';
import { CLUSTER } from '../support/accesskey-fixtures.ts';

const HERE = 'https://minio.storage.svc:9000';
const THERE = 'https://elsewhere:9000';

interface SecretRecord {
  readonly issuedBy?: string;
  readonly clusterName?: string;
  readonly id?: string;
  readonly owner?: string;
  readonly namespace?: string;
}

/**
 * Returns the evidence of the keys `a`, `b`, … of a namespace (default `shop`) to an operator that has them in its
 * caches.
 */
function witness(...keys: readonly SecretRecord[]) {
  const secrets = createCache<SecretFacts>(() => {});
  const accessKeys = keys.map(
    ({ issuedBy, clusterName = CLUSTER.name, id, owner, namespace = 'shop' }, n) => {
      const name = 'abc'.charAt(n);
      const policy = policyName({ ...CLUSTER, name: clusterName }, namespace, name);
      const accessKeyId = id ?? newAccessKeyId(policy, (size) => Buffer.alloc(size, 7));
      const metadata = { namespace, name, uid: `uid-${name}`, resourceVersion: '1' };
      if (issuedBy !== undefined)
        secrets.set({
          accessKeyId,
          metadata: {
            ...metadata,
            annotations: { [ANNOTATION_ENDPOINT]: issuedBy },
            ownerReferences: [{ uid: owner ?? metadata.uid, controller: true }],
          },
        } as unknown as SecretFacts);
      return { metadata, spec: {}, status: { accessKeyId } } as unknown as AccessKey;
    },
  );
  const store = { spec: { endpoint: HERE } } as Parameters<typeof inferredStatusOf>[1];
  return inferredStatusOf({ cluster: CLUSTER, secretCache: secrets.cache }, store, accessKeys);
}

const NOTHING = { endpoint: undefined, otherName: undefined };

test.each<[string, SecretRecord[], object]>([
  ['none', [], NOTHING],
  ['one of this endpoint and name', [{ issuedBy: HERE }], NOTHING],
  ['one without a Secret', [{}], NOTHING],
  ['all of another endpoint', [{ issuedBy: THERE }, { issuedBy: THERE }], { ...NOTHING, endpoint: THERE }],
  [
    'one of another endpoint beside one of this in its namespace',
    [{ issuedBy: HERE }, { issuedBy: THERE }],
    NOTHING,
  ],
  [
    'one whose Secret somebody in another namespace has edited',
    [{ issuedBy: HERE }, { issuedBy: THERE, namespace: 'harm' }],
    NOTHING,
  ],
  [
    'two namespaces of another endpoint, and one that says this',
    [{ issuedBy: THERE }, { issuedBy: THERE, namespace: 'a' }, { issuedBy: HERE, namespace: 'harm' }],
    { ...NOTHING, endpoint: THERE },
  ],
  ['one whose Secret is somebody else’s', [{ issuedBy: THERE, owner: 'another' }], NOTHING],
  ['one of another name', [{}, { clusterName: 'other' }], { ...NOTHING, otherName: 'shop/b' }],
  ['one with an imported id', [{ id: 'old-uploader' }], NOTHING],
])('of keys, %s', async (_, keys, expected) => {
  expect(await witness(...keys)).toEqual(expected);
});
