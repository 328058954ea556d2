/** Names that the administrator doesn't allow in Secrets: nothing new begins with them, and what is in force stays. */
import { expect, test } from 'vitest';
import { DEFAULT_ALLOW_LIST } from '../../../../src/api/allow-list.ts';
import type { AccessKey } from '../../../../src/api/schema/accesskey.ts';
import { accessKeyOf, grantOf, HOUR, NAME } from '../../support/accesskey-fixtures.ts';
import {
  currentId,
  issuedWorld,
  newWorld,
  pass,
  planOf,
  type World,
  works,
} from '../../support/accesskey-world.ts';

type Spec = Partial<AccessKey['spec']>;

const ANY = { names: ['*'], labels: ['*'], annotations: ['*'], dataKeys: ['*'] };
const owned: Spec = {
  secretTemplate: { labels: { owner: 'helm' }, data: { S3_URL: 'x' }, annotations: { note: 'y' } },
};

/** A key that was issued while all was allowed, and after that the defaults. */
function narrowed(spec: Spec): World {
  const world = newWorld(accessKeyOf({ spec }));
  world.allowed = ANY;
  pass(world);
  world.allowed = DEFAULT_ALLOW_LIST;
  return world;
}

const secretOf = (world: World, name = NAME) => {
  const { metadata, data = {} } = world.secrets.get(name) ?? { metadata: undefined };
  return { labels: metadata?.labels ?? {}, annotations: metadata?.annotations ?? {}, data };
};

test('a new key gets no pair, and nothing is made for it', () => {
  const plan = planOf(newWorld(accessKeyOf({ spec: owned })));
  expect(plan.steps).toEqual([]);
  expect(plan).toMatchObject({ reason: 'SecretNotAllowed' });
  expect(plan.message).toContain('label "owner"');
});

test('a key in force keeps its pair, and its Secret loses what is not allowed, in one write', () => {
  const world = narrowed(owned);
  const id = currentId(world);
  expect(secretOf(world).labels['owner']).toBe('helm');
  expect(planOf(world).steps.map((step) => step.do)).toEqual(['publish']);
  const plan = pass(world);
  expect(plan).toMatchObject({ reason: 'SecretNotAllowed', inForce: { accessKeyId: id } });
  expect(plan.message).toContain('label "owner"');
  expect(plan.message).toContain('annotation "note"');
  const { labels, annotations, data } = secretOf(world);
  expect(labels).not.toHaveProperty('owner');
  expect(annotations).not.toHaveProperty('note');
  expect(data).toHaveProperty('S3_URL');
  expect(works(world)).toBe(true);
  expect(planOf(world).steps).toEqual([]);
  // Allowed again, it comes back.
  world.allowed = ANY;
  expect(pass(world).reason).toBe('Issued');
  expect(secretOf(world).labels['owner']).toBe('helm');
  expect(currentId(world)).toBe(id);
});

test('a key in force is rotated, and what is not allowed stays out', () => {
  const world = narrowed(owned);
  pass(world);
  const id = currentId(world);
  world.accessKey = { ...world.accessKey, spec: { ...world.accessKey.spec, keyGeneration: 2 } };
  expect(pass(world)).toMatchObject({ reason: 'SecretNotAllowed' });
  expect(currentId(world)).not.toBe(id);
  expect(secretOf(world).labels).not.toHaveProperty('owner');
  expect(works(world)).toBe(true);
});

test('a pair that comes to its maxAge is replaced all the same', () => {
  const world = narrowed(owned);
  pass(world);
  world.grants = [grantOf({ maxAge: '24h' })];
  world.now += 25 * HOUR;
  pass(world);
  expect(works(world)).toBe(true);
});

test('a Secret whose name is refused since keeps the pair alone', () => {
  const world = narrowed({ ...owned, secretName: 'web' });
  const id = currentId(world);
  world.allowed = { ...ANY, names: ['s3-*'] };
  const plan = pass(world);
  expect(plan).toMatchObject({ reason: 'SecretNotAllowed', inForce: { accessKeyId: id } });
  const { labels, data } = secretOf(world, 'web');
  expect(labels).not.toHaveProperty('owner');
  expect(data).not.toHaveProperty('S3_URL');
  expect(works(world)).toBe(true);
  expect(planOf(world).steps).toEqual([]);
});

test('a pair does not move to a name that is not allowed, nor is it rotated into it', () => {
  const world = issuedWorld(accessKeyOf({ spec: { secretName: 's3-a' } }));
  const id = currentId(world);
  world.allowed = { ...ANY, names: ['s3-*'] };
  world.accessKey = {
    ...world.accessKey,
    spec: { ...world.accessKey.spec, secretName: 'web', keyGeneration: 2 },
  };
  const plan = pass(world);
  expect(plan.reason).toBe('SecretNotAllowed');
  expect([...world.secrets.keys()]).toEqual(['s3-a']);
  expect(world.accessKey.status.secretName).toBe('s3-a');
  expect(world.users.get(id ?? '')?.enabled).toBe(true);
});
