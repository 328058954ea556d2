import { describe, expect, test } from 'vitest';
import {
  type InForce,
  type Outcome,
  readyReason,
  statusAfter,
  wasAtRest,
} from '../../../../src/accesskey/status/status.ts';
import { statusPatch } from '../../../../src/api/conditions.ts';
import type { Reason } from '../../../../src/api/reasons.ts';
import { accessKeyOf, HOUR, NOW } from '../../support/accesskey-fixtures.ts';

const inForce: InForce = {
  accessKeyId: 'AKOAAAAAAAAAAAAAAAAA',
  access: {
    kind: 'limited',
    entries: [{ bucketName: 'photos', permissions: 'read_write', prefixes: [], settings: true }],
  },
  issuedAt: '2026-11-23T12:00:00.000Z',
  keyGeneration: 1,
  previous: [{ accessKeyId: 'old', revokeAt: '2026-11-24T12:00:00.000Z' }],
  policyDigest: 'd',
};
const issued: Outcome = { reason: 'Issued', message: 'it works', inForce };
const TIME = '2026-11-23T12:00:00Z';

describe('the conditions', () => {
  test('of a key that is ready are Ready alone', () => {
    expect(statusAfter(accessKeyOf(), issued, NOW).conditions).toEqual([
      {
        type: 'Ready',
        status: 'True',
        reason: 'Issued',
        message: 'it works',
        observedGeneration: 1,
        lastTransitionTime: TIME,
      },
    ]);
  });

  // biome-ignore format: two lists to read
  const goesOn: Reason[] = ['Issuing', 'StoreNotFound', 'StoreNotReady', 'StoreUnreachable', 'SecretRejected', 'NotVerified', 'ClockSkew', 'Deleting'];
  // biome-ignore format: two lists to read
  const waits: Reason[] = ['GrantDenied', 'SecretConflict', 'SecretNotAllowed', 'ImportRefused', 'StoreRejected', 'StoreConflict', 'PolicyTooLarge', 'Disabled', 'DisabledInStore', 'Expired', 'Paused'];

  test.each([...goesOn, ...waits])('of %s say whether it goes on by itself', (reason) => {
    const { conditions } = statusAfter(accessKeyOf(), { reason, message: 'why' }, NOW);
    expect(conditions?.map(({ type, status }) => [type, status])).toEqual([
      ['Ready', 'False'],
      [goesOn.includes(reason) ? 'Reconciling' : 'Stalled', 'True'],
    ]);
    expect(
      conditions?.every((condition) => condition.reason === reason && condition.observedGeneration === 1),
    ).toBe(true);
  });

  test('keep the time at which they last changed', () => {
    const first = statusAfter(accessKeyOf(), { reason: 'StoreUnreachable', message: 'a' }, NOW);
    const later = accessKeyOf({ status: first, metadata: { generation: 2 } });
    const second = statusAfter(later, { reason: 'GrantDenied', message: 'b' }, NOW + HOUR);
    expect(second.conditions?.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).toEqual([
      ['Ready', TIME],
      ['Stalled', '2026-11-23T13:00:00Z'],
    ]);
    const third = statusAfter(accessKeyOf({ status: second }), issued, NOW + 2 * HOUR);
    expect(third.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([
      '2026-11-23T14:00:00Z',
    ]);
  });

  test('have messages of at most 1024 characters, never ending in half of one', () => {
    const message = `${'x'.repeat(1_023)}\u{1f511}`;
    const [ready] = statusAfter(accessKeyOf(), { reason: 'StoreConflict', message }, NOW).conditions ?? [];
    expect(ready?.message).toHaveLength(1_024);
    expect(ready?.message.isWellFormed()).toBe(true);
  });
});

describe('a status', () => {
  test('is the same again for the same outcome, so that nothing is written', () => {
    for (const outcome of [
      issued,
      { reason: 'GrantDenied', message: 'no' } as const,
      { ...issued, inForce: null },
    ]) {
      const once = statusAfter(accessKeyOf(), outcome, NOW);
      const again = statusAfter(accessKeyOf({ status: once }), outcome, NOW + HOUR);
      expect(again).toEqual(once);
      expect(statusPatch(once, again)).toBeUndefined();
    }
  });

  test('shows what is in force, and never a secret', () => {
    const accessKey = accessKeyOf({
      spec: {
        label: 'Photo\nuploader',
        secretName: 'photos-key',
        bucketAccess: [
          { bucketName: 'photos', permissions: 'read_write' },
          { bucketName: 'payroll', permissions: 'none' },
        ],
      },
    });
    expect(statusAfter(accessKey, issued, NOW)).toMatchObject({
      observedGeneration: 1,
      label: 'Photo uploader',
      accessKeyId: 'AKOAAAAAAAAAAAAAAAAA',
      binding: { name: 'photos-key' },
      access: '1 bucket: 1 read_write',
      permissions: [
        { bucketName: 'payroll', permissions: 'none' },
        { bucketName: 'photos', permissions: 'read_write' },
      ],
      previousKeys: [{ accessKeyId: 'old', revokeAt: '2026-11-24T12:00:00.000Z' }],
    });
  });

  test('does not show as in force what is only asked for', () => {
    const accessKey = accessKeyOf({
      spec: { bucketAccess: [{ bucketName: 'payroll', permissions: 'none' }] },
    });
    const { permissions } = statusAfter(accessKey, { ...issued, reason: 'GrantDenied' }, NOW);
    expect(permissions).toEqual([{ bucketName: 'photos', permissions: 'read_write' }]);
  });

  test('shows unrestricted access as such', () => {
    const outcome: Outcome = { ...issued, inForce: { ...inForce, access: { kind: 'unrestricted' } } };
    expect(statusAfter(accessKeyOf(), outcome, NOW)).toMatchObject({
      access: 'unrestricted',
      permissions: [{ bucketName: '*', permissions: 'unrestricted' }],
    });
  });

  test('keeps what is in force if a pass found out nothing new', () => {
    const before = statusAfter(accessKeyOf(), issued, NOW);
    const after = statusAfter(
      accessKeyOf({ status: before }),
      { reason: 'StoreUnreachable', message: 'away' },
      NOW,
    );
    expect({ ...after, conditions: [] }).toEqual({ ...before, conditions: [] });
  });

  test('shows nothing in force once all is revoked', () => {
    const before = statusAfter(accessKeyOf(), issued, NOW);
    const after = statusAfter(
      accessKeyOf({ status: before }),
      { reason: 'Expired', message: 'over', inForce: null },
      NOW,
    );
    expect(Object.keys(after).sort()).toEqual(['conditions', 'label', 'observedGeneration']);
  });
});

describe('the patch', () => {
  test('takes away what is gone, by null', () => {
    const before = statusAfter(accessKeyOf(), issued, NOW);
    const { accessKeyId: _, ...after } = before;
    expect(statusPatch(before, after)).toEqual({ ...after, accessKeyId: null });
  });

  test('is the whole status if there was none', () => {
    const after = statusAfter(accessKeyOf(), issued, NOW);
    expect(statusPatch(undefined, after)).toEqual(after);
  });
});

test('readyReason is that of the Ready condition', () => {
  expect(readyReason(accessKeyOf())).toBeUndefined();
  expect(readyReason(accessKeyOf({ status: statusAfter(accessKeyOf(), issued, NOW) }))).toBe('Issued');
});

describe('wasAtRest', () => {
  const withStatus = (metadata: object, status: object) => {
    const accessKey = accessKeyOf();
    return wasAtRest({
      ...accessKey,
      metadata: { ...accessKey.metadata, ...metadata },
      status: { ...statusAfter(accessKey, issued, NOW), ...status },
    });
  };
  const DELETED = { generation: 2, deletionTimestamp: TIME };

  test.each([
    ['of a key that is as its spec says, is true', { generation: 1 }, {}, true],
    ['of one that was edited since, is false', { generation: 2 }, {}, false],
    ['of one whose deletion alone was requested since, is true', DELETED, {}, true],
    ['of one that was edited and then deleted, is false', { ...DELETED, generation: 3 }, {}, false],
    [
      'of one that nothing was written of, is false',
      DELETED,
      { observedGeneration: 0, conditions: [] },
      false,
    ],
  ])('%s', (_, metadata, status, expected) => {
    expect(withStatus(metadata, status)).toBe(expected);
  });
});
