/** Grants hold on every kind of store as long as they are given; and a pair is imported if the store can do that. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANNOTATION_ISSUED_AT } from '../../src/api/names.ts';
import { newPair } from '../../src/ownership/new-pair.ts';
import type { Policy } from '../../src/provider/policy.ts';
import {
  credentialsData,
  fixtures,
  namespaceRef,
  readPair,
  ready,
  reason,
  s3Outcome,
  samePair,
  secretOf,
  secretRef,
  storeRef,
  until,
} from '../integration/support/fixtures.ts';
import { describeSuite } from './suite.ts';

const granting = await fixtures('granting');
const { bed } = granting;
afterAll(granting.end);
beforeAll(() => granting.operator());

const MINUTE_MS = 60_000;
const LABELS = { team: 'shop' };
const GRANT = {
  namespaces: { matchLabels: LABELS },
  buckets: ['photos-*', 'new-*'],
  allowImport: true,
  allowRetain: true,
};

/** The rights that somebody gave a user without this operator: everything. */
const ANYTHING: Policy = {
  mark: '',
  access: { kind: 'unrestricted' },
  mayCreate: [],
  everyKeyMay: { listBuckets: true, createBuckets: false },
  extraActions: [],
};

describeSuite(granting, { grants: [GRANT] }, (suite) => {
  const label = (team: string | null) =>
    bed.api.patch(namespaceRef(suite.namespace), { metadata: { labels: { team } } });
  beforeAll(() => label(LABELS.team));

  test('what is not granted is refused, and changes nothing of what is in force', async () => {
    const { ref, pair } = await suite.newKey();
    const entries = [suite.photos, suite.logs].map((bucketName) => ({
      bucketName,
      permissions: 'read_only',
    }));
    await bed.api.patch(ref, { spec: { bucketAccess: entries } });
    expect((await reason(bed, ref, 'GrantDenied')).message).toContain(suite.logs);
    expect(await suite.read(pair)).toBe('ok');
    expect(await suite.read(pair, suite.logs)).toBe('AccessDenied');
  });

  test('a withdrawn grant disables the key, and the same pair works again once it is given back', async () => {
    const { ref, pair } = await suite.newKey();
    await label(null);
    await reason(bed, ref, 'GrantDenied');
    expect(await suite.read(pair)).not.toBe('ok');
    await label(LABELS.team);
    await ready(bed, ref);
    expect(await suite.read(pair)).toBe('ok');
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
  });

  test('a pair that gets too old is replaced unasked, and ends at that age', async () => {
    await bed.api.patch(storeRef(suite.name), { spec: { grants: [{ ...GRANT, maxAge: '2h' }] } });
    const { ref, pair } = await suite.newKey();
    const made = Date.now() - 90 * MINUTE_MS;
    const annotations = { [ANNOTATION_ISSUED_AT]: new Date(made).toISOString() };
    await bed.api.patch(secretOf(ref), { metadata: { annotations } });
    const next = await until('another pair', async () => {
      const { accessKeyId } = (await ready(bed, ref)).status;
      const published = await readPair(bed, secretOf(ref));
      return published.accessKeyId !== pair.accessKeyId && published.accessKeyId === accessKeyId && published;
    });
    const revokeAt = new Date(made + 120 * MINUTE_MS).toISOString();
    const { previousKeys } = (await ready(bed, ref)).status;
    expect(previousKeys).toEqual([{ accessKeyId: pair.accessKeyId, revokeAt }]);
    expect([await suite.read(pair), await suite.read(next)]).toEqual(['ok', 'ok']);
    await bed.api.patch(storeRef(suite.name), { spec: { grants: [GRANT] } });
  });

  test('a bucket is made for the key that asks for it', async () => {
    const bucketName = `new-${randomBytes(4).toString('hex')}`;
    const { s3 } = await suite.newKey({
      bucketAccess: [{ bucketName, permissions: 'read_write', create: true }],
    });
    expect(await s3Outcome(s3.putObject(bucketName, 'a', 'a'))).toBe('ok');
  });

  test('a retained key outlives its AccessKey', async () => {
    const { ref, pair } = await suite.newKey({ deletionPolicy: 'Retain' });
    await bed.api.delete(ref);
    await bed.api.waitGone(ref);
    expect(await suite.read(pair)).toBe('ok');
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
    await suite.store.admin.removeUser(pair.accessKeyId);
    await bed.api.delete(secretOf(ref));
  });

  test('imports a pair if the kind of store can, and otherwise refuses the field', async () => {
    const importsUsers = !suite.kind.capabilities.notSupported.includes('importFrom');
    const policy = `theirs-${randomBytes(4).toString('hex')}`;
    const pair = newPair(policy, randomBytes);
    const secretName = policy;
    await bed.api.create({ ...secretRef(suite.namespace, secretName), stringData: credentialsData(pair) });
    if (importsUsers) {
      await suite.store.admin.putUser(pair, { policy });
      await suite.store.admin.writePolicy(policy, ANYTHING);
      await suite.store.admin.attachPolicy(pair.accessKeyId, policy, ANYTHING);
    }
    const ref = await granting.accessKey(suite.namespace, suite.name, {
      limited: true,
      bucketAccess: [{ bucketName: suite.photos, permissions: 'read_only' }],
      importFrom: { secretName },
    });
    if (!importsUsers) {
      expect((await reason(bed, ref, 'NotSupported')).message).toContain('importFrom');
      return;
    }
    await ready(bed, ref);
    expect(samePair(await readPair(bed, secretOf(ref)), pair)).toBe(true);
    expect(await suite.read(pair)).toBe('ok');
    expect(await suite.read(pair, suite.logs)).toBe('AccessDenied');
  });
});
