import { expect, test } from 'vitest';
import { policyName } from '../../../../src/ownership/names.ts';
import { pathOf, policyAt } from '../../../../src/provider/iam/paths.ts';

const ROOT = '/accesskeys/';

test('a path has the cluster, the namespace and the AccessKey, and names its policy', () => {
  const policy = policyName({ name: 'prod', uid: 'x' }, 'shop', 'photos.v2');
  const path = pathOf(ROOT, policy);
  expect(path).toMatch(/^\/accesskeys\/prod\/shop\/photos\.v2\.[a-z2-7]{26}\/$/);
  expect(policyAt(ROOT, path)).toBe(policy);
});

test('the longest names fit into a path', () => {
  const policy = policyName({ name: 'c'.repeat(40), uid: 'x' }, 'n'.repeat(63), 'k'.repeat(63));
  expect(pathOf(`/${'r'.repeat(126)}/`, policy).length).toBeLessThanOrEqual(512);
});

test.each([
  '/',
  '/accesskeys/',
  '/accesskeys/prod/',
  '/accesskeys/prod/shop/',
  '/accesskeys/prod/shop/photos',
  '/accesskeys/prod/shop/photos/deeper/',
  '/accesskeys//shop/photos/',
  '/accesskeys/prod.x/shop/photos/',
  '/accesskeys/prod/sh.op/photos/',
  '/other/prod/shop/photos/',
])('%s is of no AccessKey', (path) => {
  expect(policyAt(ROOT, path)).toBeUndefined();
});
