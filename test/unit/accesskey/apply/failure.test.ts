import { expect, test } from 'vitest';
import { NotVerifiedError } from '../../../../src/accesskey/apply/apply.ts';
import { outcomeOfFailure, wasNotWritten } from '../../../../src/accesskey/apply/failure.ts';
import { KubeError } from '../../../../src/kube/errors.ts';
import { NotRemovedError } from '../../../../src/ownership/remove-user.ts';
import { StoreError, type StoreErrorKind } from '../../../../src/provider/errors.ts';
import { accessKeyOf } from '../../support/accesskey-fixtures.ts';

const issued = accessKeyOf({ status: { accessKeyId: 'AKOAAAAAAAAAAAAAAAAA' } });
const fresh = accessKeyOf({});
const deleting = accessKeyOf({ metadata: { deletionTimestamp: '2026-11-23T12:00:00Z' } });
const answered = (status: number) => new KubeError('answered', 'no', { status });

test.each<[StoreErrorKind, string | undefined]>([
  ['absent', 'StoreRejected'],
  ['inUse', 'StoreConflict'],
  ['refused', 'StoreRejected'],
  ['credentials', 'StoreNotReady'],
  ['invalid', 'StoreRejected'],
  ['unreachable', 'StoreUnreachable'],
  ['busy', 'StoreUnreachable'],
  ['aborted', undefined],
])('a store error %s is %s', (kind, reason) => {
  expect(outcomeOfFailure(new StoreError(kind, 'x'), issued)?.reason).toBe(reason);
});

test('an outage of its store says nothing of a key that is in force with nothing to do', () => {
  for (const kind of ['unreachable', 'busy'] as const) {
    expect(outcomeOfFailure(new StoreError(kind, 'x'), issued, undefined, true)).toBeUndefined();
  }
  expect(outcomeOfFailure(new StoreError('refused', 'x'), issued, undefined, true)?.reason).toBe(
    'StoreRejected',
  );
});

test('what the store did not do is said', () => {
  expect(outcomeOfFailure(new NotVerifiedError('x'), fresh)?.reason).toBe('NotVerified');
  expect(outcomeOfFailure(new NotRemovedError('x'), deleting)?.reason).toBe('StoreRejected');
});

test.each([403, 422])('a Secret that the API server refuses by %i is SecretRejected', (status) => {
  const publish = { do: 'publish', why: 'x' } as Parameters<typeof outcomeOfFailure>[2];
  expect(outcomeOfFailure(answered(status), fresh, publish)?.reason).toBe('SecretRejected');
  expect(outcomeOfFailure(answered(status), fresh)).toBeUndefined();
});

test('a failure that nobody foresaw is said of a key that has no pair yet, or is being revoked, without what it holds', () => {
  const error = new TypeError('Cannot read secret-of-somebody');
  expect(outcomeOfFailure(error, fresh)?.reason).toBe('Issuing');
  expect(outcomeOfFailure(error, deleting)?.reason).toBe('Deleting');
  expect(outcomeOfFailure(error, issued)).toBeUndefined();
  expect(JSON.stringify(outcomeOfFailure(error, fresh))).not.toContain('somebody');
});

test.each<[KubeError, boolean]>([
  [answered(409), true],
  [answered(422), true],
  [answered(500), false],
  [answered(504), false],
  [new KubeError('timeout', 'x'), false],
  [new KubeError('unreachable', 'x'), false],
])('whether a write certainly did not take place: %s', (error, sure) => {
  expect(wasNotWritten(error)).toBe(sure);
});
