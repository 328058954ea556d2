import { expect, test } from 'vitest';
import { NotVerifiedError } from '../../../../src/accesskey/apply/apply.ts';
import { classify } from '../../../../src/accesskey/apply/failure.ts';
import type { Pass } from '../../../../src/accesskey/apply/pass.ts';
import type { AccessKey } from '../../../../src/api/schema/accesskey.ts';
import { KubeError } from '../../../../src/kube/errors.ts';
import { NotRemovedError } from '../../../../src/ownership/remove-user.ts';
import { StoreError, type StoreErrorKind } from '../../../../src/provider/errors.ts';
import { accessKeyOf } from '../../support/accesskey-fixtures.ts';

const issued = accessKeyOf({ status: { accessKeyId: 'AKOAAAAAAAAAAAAAAAAA' } });
const fresh = accessKeyOf({});
const deleting = accessKeyOf({ metadata: { deletionTimestamp: '2026-11-23T12:00:00Z' } });
const answered = (status: number, message = 'no') => new KubeError('answered', message, { status });

function outcomeOf(
  error: unknown,
  accessKey: AccessKey,
  { doing = 'reading', upToDate = false }: Partial<Pick<Pass, 'doing' | 'upToDate'>> = {},
) {
  return classify(error, { accessKey, doing, upToDate }).outcome;
}

test.each<[StoreErrorKind, string | undefined]>([
  ['absent', 'StoreRejected'],
  ['inUse', 'StoreConflict'],
  ['bucketTaken', 'BucketNotCreated'],
  ['taken', 'StoreConflict'],
  ['refused', 'StoreRejected'],
  ['credentials', 'StoreNotReady'],
  ['invalid', 'StoreRejected'],
  ['unreachable', 'StoreUnreachable'],
  ['busy', 'StoreUnreachable'],
  ['aborted', undefined],
])('a store error %s is %s', (kind, reason) => {
  expect(outcomeOf(new StoreError(kind, 'x'), issued)?.reason).toBe(reason);
});

test('an outage of its store says nothing of a key that is in force with nothing to do', () => {
  for (const kind of ['unreachable', 'busy'] as const) {
    expect(outcomeOf(new StoreError(kind, 'x'), issued, { upToDate: true })).toBeUndefined();
  }
  expect(outcomeOf(new StoreError('refused', 'x'), issued, { upToDate: true })?.reason).toBe('StoreRejected');
});

test('what the store did not do is said', () => {
  expect(outcomeOf(new NotVerifiedError('x'), fresh)?.reason).toBe('NotVerified');
  expect(outcomeOf(new NotRemovedError('x'), deleting)?.reason).toBe('StoreRejected');
});

test.each([
  [403, 'secrets is forbidden: User "operator" cannot create resource "secrets"', 'this right'],
  [403, 'exceeded quota: few, requested: secrets=1', 'ResourceQuota'],
  [422, 'ValidatingAdmissionPolicy "p" with binding "b" denied request: no', 'exempt'],
  [403, 'admission webhook "w" denied the request: no', 'exempt'],
  [500, 'Internal error occurred: failed calling webhook "w": connection refused', 'webhook back'],
  [
    422,
    'Secret "s" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    'immutable Secret',
  ],
  [403, 'unable to create new content in namespace n because it is being terminated', 'namespace to be gone'],
  [500, 'etcdserver: mvcc: database space exceeded', 'etcd'],
  [422, 'metadata.name: Invalid value', 'change what'],
])('a refusal by %i, "%s", is said with its remedy', (status, message, remedy) => {
  const error = answered(status, message);
  const refused = outcomeOf(error, fresh, { doing: 'writingSecret' });
  expect([refused?.reason, refused?.message]).toEqual(['SecretRejected', expect.stringContaining(remedy)]);
  expect(outcomeOf(error, issued)?.reason).toBe('KubernetesRefused');
  expect(outcomeOf(error, issued, { upToDate: true })).toBeUndefined();
});

test.each([404, 409, 410, 429, 503, 504])(
  'an answer %i passes by itself and says nothing of the key',
  (status) => {
    expect(outcomeOf(answered(status), fresh)).toBeUndefined();
    expect(outcomeOf(answered(status), fresh, { doing: 'writingSecret' })).toBeUndefined();
  },
);

test('a failure that nobody foresaw is said of a key that has no pair yet, or is being revoked, without what it holds', () => {
  const error = new TypeError('Cannot read secret-of-somebody');
  expect(outcomeOf(error, fresh)?.reason).toBe('Issuing');
  expect(outcomeOf(error, deleting)?.reason).toBe('Deleting');
  expect(outcomeOf(error, issued)).toBeUndefined();
  expect(JSON.stringify(outcomeOf(error, fresh))).not.toContain('somebody');
});
