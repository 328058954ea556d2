/** Plans for a store that keeps no documents: nothing of a plan may depend on the form of a policy. */
import { describe, expect, test } from 'vitest';
import { readyReason } from '../../../../src/accesskey/status/status.ts';
import type { AccessKeySpec } from '../../../../src/api/schema/accesskey.ts';
import { change } from '../../support/accesskey-changes.ts';
import { accessKeyOf, grantOf } from '../../support/accesskey-fixtures.ts';
import { newWorld, pass, planOf, type World, works } from '../../support/accesskey-world.ts';
import { type BucketFlags, GRANTS_FORM } from '../../support/grants-form.ts';

function issued(): World {
  const world = newWorld(accessKeyOf());
  world.store = { ...world.store, title: 'ObjectStore garage', provider: 'Garage', form: GRANTS_FORM };
  pass(world);
  return world;
}

const flags = ({ policies, policyName }: World) => policies.get(policyName)?.content['buckets'];

/** Somebody changes what the key may do in a bucket, in the store. */
function grantThere(world: World, bucketName: string, given: BucketFlags): void {
  const policy = world.policies.get(world.policyName);
  if (!policy) return;
  const buckets = { ...(policy.content['buckets'] as object), [bucketName]: given };
  world.policies.set(world.policyName, { ...policy, content: { buckets } });
}

describe('a key of a store without documents', () => {
  test('is issued with its access, and then rests', () => {
    const world = issued();
    expect(works(world)).toBe(true);
    expect(flags(world)).toEqual({ photos: { read: true, write: true } });
    expect(world.accessKey.status.permissions).toMatchObject([
      { bucketName: 'photos', permissions: 'read_write' },
    ]);
    expect(planOf(world).steps).toEqual([]);
  });

  test('keeps its pair when it is edited', () => {
    const world = issued();
    const { accessKeyId } = world.accessKey.status;
    change.spec(world, { bucketAccess: [{ bucketName: 'logs', permissions: 'read_only' }] });
    expect(pass(world).steps.map((step) => step.do)).toEqual(['writePolicy']);
    expect(flags(world)).toEqual({ logs: { read: true, write: false } });
    expect(world.accessKey.status.accessKeyId).toBe(accessKeyId);
  });

  test('is repaired when somebody widens it in the store', () => {
    const world = issued();
    grantThere(world, 'payroll', { read: true, write: true });
    expect(pass(world).steps.map((step) => step.do)).toEqual(['writePolicy']);
    expect(flags(world)).toEqual({ photos: { read: true, write: true } });
  });

  test('keeps what is in force, by what the store shows, while it asks for more than is granted', () => {
    const world = issued();
    const [grant] = world.grants;
    if (!grant) throw new Error('there is a grant');
    world.grants = [{ ...grant, buckets: ['photos'] }];
    change.spec(world, { bucketAccess: [{ bucketName: 'payroll', permissions: 'read_only' }] });
    pass(world);
    expect(readyReason(world.accessKey)).toBe('GrantDenied');
    expect(flags(world)).toEqual({ photos: { read: true, write: true } });
    expect(works(world)).toBe(true);
  });

  test('is disabled and enabled', () => {
    const world = issued();
    change.spec(world, { disabled: true });
    pass(world);
    expect(works(world)).toBe(false);
    change.spec(world, { disabled: false });
    pass(world);
    expect(works(world)).toBe(true);
    expect(planOf(world).steps).toEqual([]);
  });

  test.each([
    ['prefixes', { bucketAccess: [{ bucketName: 'photos', permissions: 'read_only', prefixes: ['a/'] }] }],
    [
      'deletion: false',
      { bucketAccess: [{ bucketName: 'photos', permissions: 'read_write', deletion: false }] },
    ],
    ['create', { bucketAccess: [{ bucketName: 'photos', permissions: 'read_write', create: true }] }],
    ['limited: false', { limited: false, bucketAccess: [] }],
  ] as const)('says that its store has no %s, and keeps what is in force', (field, spec) => {
    const world = issued();
    const { capabilities } = world.store;
    world.store = { ...world.store, capabilities: { ...capabilities, notSupported: [field] } };
    world.grants = [grantOf({ unrestricted: true })];
    change.spec(world, structuredClone<unknown>(spec) as Partial<AccessKeySpec>);
    const plan = pass(world);
    expect(plan.reason).toBe('NotSupported');
    expect(plan.message).toContain('ObjectStore garage');
    expect(plan.message).toContain(field === 'limited: false' ? 'spec.limited' : 'spec.bucketAccess');
    expect(flags(world)).toEqual({ photos: { read: true, write: true } });
    expect(works(world)).toBe(true);
  });
});
