import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coversBucket, parseGrantPattern } from '../../../src/api/grant-pattern.ts';

describe('parseGrantPattern', () => {
  test.each([
    ['shop-photos', { name: 'shop-photos', open: false }],
    ['shop-*', { name: 'shop-', open: true }],
    ['*', { name: '', open: true }],
    ['{namespace}', { name: 'shop', open: false }],
    ['{namespace}.*', { name: 'shop.', open: true }],
    ['{namespace}.photos', { name: 'shop.photos', open: false }],
    ['data-{namespace}', { name: 'data-shop', open: false }],
    ['data.{namespace}.a-*', { name: 'data.shop.a-', open: true }],
  ])('reads %s for the namespace shop', (pattern, range) => {
    expect(parseGrantPattern(pattern, 'shop')).toEqual(range);
  });

  test.each([
    ['nothing', ''],
    ['a * that is not at the end', 'a*b'],
    ['two of them', 'a**'],
    ['a question mark', 'a?'],
    ["what would reach into shop-eu's buckets", '{namespace}-*'],
    ['the same without a hyphen', '{namespace}*'],
    ['text after the namespace', '{namespace}-photos'],
    ['the namespace twice', '{namespace}.{namespace}'],
    ['a placeholder that is none of ours', '{name}.*'],
    ["a policy's variable", `\${aws:username}`],
    ['half a placeholder', '{namespace'],
    ['capitals', 'Shop-*'],
    ['a path', 'shop/*'],
    ['a line break', 'shop\n'],
    ['75 characters', 'a'.repeat(75)],
  ])('refuses %s', (_what, pattern) => {
    expect(parseGrantPattern(pattern, 'shop')).toBeUndefined();
  });

  test("never lets a pattern with {namespace} cover another namespace's bucket", () => {
    fc.assert(
      fc.property(patternWithNamespace, namespace, namespace, bucketPart, (pattern, one, other, rest) => {
        fc.pre(one !== other);
        const range = parseGrantPattern(pattern, one);
        const others = parseGrantPattern(pattern, other);
        if (range === undefined || others === undefined) throw new Error(`not read: ${pattern}`);
        // Any bucket of one's, the shortest and a longer one.
        for (const bucket of range.open ? [range.name, range.name + rest] : [range.name]) {
          expect(coversBucket(range, bucket)).toBe(true);
          expect(coversBucket(others, bucket)).toBe(false);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('lets a pattern without placeholders cover that one name', () => {
    fc.assert(
      fc.property(bucketPart, bucketPart, (name, other) => {
        const range = parseGrantPattern(`a${name}`, 'shop');
        expect(range && coversBucket(range, `a${other}`)).toBe(name === other);
      }),
    );
  });
});

const letters = (alphabet: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength });

/** Names of which one often begins as the other does. */
const namespace = fc
  .tuple(letters('ab', 2), fc.constantFrom('', '-a', '-b', '-a-b'))
  .map((parts) => parts.join(''));
const bucketPart = letters('ab.-', 4);
const patternWithNamespace = fc
  .tuple(fc.constantFrom('', 'a', 'a-', 'b.'), fc.constantFrom('', '.', '.*', '.a', '.b-*'))
  .map(([before, after]) => `${before}{namespace}${after}`);
