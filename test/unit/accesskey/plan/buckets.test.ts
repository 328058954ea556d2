import { describe, expect, test } from 'vitest';
import type { Observed } from '../../../../src/accesskey/observe/observed.ts';
import { afterFailure } from '../../../../src/accesskey/plan/buckets.ts';
import { planKey } from '../../../../src/accesskey/plan/plan.ts';
import { StoreError, type StoreErrorKind } from '../../../../src/provider/errors.ts';
import { change } from '../../support/accesskey-changes.ts';
import { accessKeyOf } from '../../support/accesskey-fixtures.ts';
import {
  issuedWorld,
  makePair,
  newWorld,
  observe,
  pass,
  planOf,
  stepsOf,
  type World,
} from '../../support/accesskey-world.ts';

const create = (...names: string[]) => ({
  limited: true,
  bucketAccess: names.map((bucketName) => ({
    bucketName,
    permissions: 'read_write' as const,
    create: true,
  })),
});
const asking = (...names: string[]) => accessKeyOf({ spec: create(...names) });
const failedWith = (kind: StoreErrorKind) => new StoreError(kind, `could not create bucket photos: ${kind}`);

/** The plan once the store has failed to create the bucket so. */
function planAfter(world: World, kind: StoreErrorKind, bucketName = 'photos') {
  const step = { do: 'createBucket', bucketName, why: '' } as const;
  const after = afterFailure(observe(world), step, failedWith(kind));
  return after && planKey(after, () => makePair(world));
}

describe('a bucket that is missing', () => {
  test('is created before anything else, and once', () => {
    const world = newWorld(asking('photos', 'logs'));
    expect(stepsOf(world).slice(0, 3)).toEqual(['createBucket', 'createBucket', 'writePolicy']);
    pass(world);
    expect([...world.buckets].sort()).toEqual(['logs', 'photos']);
    expect(stepsOf(world)).toEqual([]);
    world.buckets.delete('logs');
    expect(planOf(world).steps).toMatchObject([{ do: 'createBucket', bucketName: 'logs' }]);
  });

  test('is created before an edit is in force', () => {
    const world = issuedWorld();
    change.spec(world, create('invoices'));
    expect(stepsOf(world).slice(0, 2)).toEqual(['createBucket', 'writePolicy']);
  });

  test.each<[string, (world: World) => void]>([
    ['a key that is disabled', (world) => change.spec(world, { ...create('photos'), disabled: true })],
    ['a key that is refused', (world) => world.grants.splice(0)],
  ])('is not created for %s', (_, alter) => {
    const world = newWorld(asking('photos'));
    alter(world);
    expect(stepsOf(world)).not.toContain('createBucket');
    expect(observe(world).buckets.size).toBe(0);
  });
});

describe('a bucket that can not be created', () => {
  test.each<StoreErrorKind>(['refused', 'bucketTaken', 'invalid', 'unreachable', 'busy'])(
    'keeps the first pair from being issued (%s)',
    (kind) => {
      const plan = planAfter(newWorld(asking('photos')), kind);
      expect(plan).toMatchObject({ reason: 'BucketNotCreated', steps: [] });
      expect(plan?.message).toContain('could not create bucket photos');
    },
  );

  test('keeps an edit from nothing else', () => {
    const world = issuedWorld();
    change.spec(world, create('invoices'));
    const plan = planAfter(world, 'refused', 'invoices');
    expect(plan?.reason).toBe('BucketNotCreated');
    expect(plan?.steps.map((step) => step.do)).toEqual(['writePolicy']);
    expect(plan?.inForce?.access).toMatchObject({ entries: [{ bucketName: 'invoices' }] });
  });

  test('leaves the others to be created, unless the store does not answer', () => {
    const world = newWorld(asking('photos', 'logs'));
    const left = (kind: StoreErrorKind) => {
      const step = { do: 'createBucket', bucketName: 'photos', why: '' } as const;
      const after = afterFailure(observe(world), step, failedWith(kind)) as Observed;
      return [...after.buckets].filter(([, found]) => found.kind === 'missing').map(([name]) => name);
    };
    expect(left('refused')).toEqual(['logs']);
    expect(left('busy')).toEqual([]);
  });

  test.each<StoreErrorKind>(['aborted', 'fenced'])('is not reported if nothing was sent (%s)', (kind) => {
    expect(planAfter(newWorld(asking('photos')), kind)).toBeUndefined();
  });
});
