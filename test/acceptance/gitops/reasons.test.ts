/** The verdicts of kstatus, Argo CD and Flux on every reason, also on those that are hard to cause. */
import { expect, test } from 'vitest';
import { statusAfter } from '../../../src/accesskey/status/status.ts';
import { API_VERSION } from '../../../src/api/names.ts';
import { REASONS, type Reason } from '../../../src/api/reasons.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import {
  BUILD_MS,
  CURRENT,
  FAILED,
  type Judgement,
  judged,
  needsGo,
  RESTING,
  TERMINATING,
  WAITING,
} from './judged.ts';
import { verdicts } from './verdicts.ts';

const time = '2026-11-23T00:00:00Z';
const metadata = {
  name: 'key',
  namespace: 'shop',
  uid: 'uid',
  resourceVersion: '1',
  generation: 3,
  creationTimestamp: time,
};

/** An AccessKey after a reconcile that came to this. */
function keyWith(name: Reason): AccessKey {
  const before: AccessKey = {
    apiVersion: API_VERSION,
    kind: 'AccessKey',
    metadata,
    spec: {
      storeRef: { kind: 'ClusterObjectStore', name: 'default' },
      deletionPolicy: 'Delete',
      disabled: false,
    },
    status: { observedGeneration: -1 },
  };
  return { ...before, status: statusAfter(before, { reason: name, message: 'why it is so' }, 0) };
}

test('each reason has its verdict', { timeout: BUILD_MS }, async (context) => {
  await needsGo(context);
  const byReason: Readonly<Record<Reason, Judgement>> = {
    Issued: CURRENT,
    Issuing: WAITING,
    StoreNotFound: WAITING,
    StoreNotReady: WAITING,
    GrantDenied: FAILED,
    BucketNotCreated: FAILED,
    SecretConflict: FAILED,
    SecretRejected: WAITING,
    KubernetesRefused: WAITING,
    SecretNotAllowed: FAILED,
    ImportRefused: FAILED,
    NotSupported: FAILED,
    StoreUnreachable: WAITING,
    StoreRejected: FAILED,
    StoreConflict: FAILED,
    NotVerified: WAITING,
    PolicyTooLarge: FAILED,
    Disabled: RESTING,
    DisabledInStore: FAILED,
    Expired: RESTING,
    Paused: RESTING,
    ClockSkew: WAITING,
    Deleting: WAITING,
  };
  const reasons = Object.keys(REASONS) as Reason[];
  const objects = Object.fromEntries(reasons.map((name) => [name, keyWith(name)]));
  expect(await judged(objects)).toEqual(byReason);
  const deleted = Object.fromEntries(
    reasons.map((name) => [name, { ...objects[name], metadata: { ...metadata, deletionTimestamp: time } }]),
  );
  expect(await judged(deleted)).toEqual(Object.fromEntries(reasons.map((name) => [name, TERMINATING])));
  // What Argo CD shows is what the condition says.
  expect((await verdicts([keyWith('GrantDenied')]))[0]?.argo.message).toBe('GrantDenied: why it is so');
});
