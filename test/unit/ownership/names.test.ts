import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accessKeyTag,
  keyOfPolicy,
  newAccessKeyId,
  policyName,
  policyNamePrefix,
  tagOf,
} from '../../../src/ownership/names.ts';
import { checkAccessKeyId, checkPolicyName } from '../../../src/provider/minio/names.ts';

const cluster = (name: string) => ({ name, uid: 'unused' });

describe('policyName', () => {
  test('never gives two keys one name, even if the names read alike', () => {
    // One text of dotted parts, cut into cluster, namespace and name at two pairs of places.
    const cut = (parts: readonly string[], [one, two]: readonly [number, number]) => {
      const [first, last] = [Math.min(one, two), Math.max(one, two) + 1];
      return [parts.slice(0, first), parts.slice(first, last), parts.slice(last)].map((some) =>
        some.join('.'),
      );
    };
    const places = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }));
    let alike = 0;
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'a-b', '1'), { minLength: 7, maxLength: 7 }),
        places,
        places,
        (parts, here, there) => {
          const [one = '', two = '', three = ''] = cut(parts, here);
          const [uno = '', due = '', tre = ''] = cut(parts, there);
          const same = one === uno && two === due && three === tre;
          const names = [policyName(cluster(one), two, three), policyName(cluster(uno), due, tre)] as const;
          expect(names[0] === names[1]).toBe(same);
          if (!same && names[0].slice(0, -26) === names[1].slice(0, -26)) alike += 1;
        },
      ),
      { numRuns: 5_000 },
    );
    expect(alike).toBeGreaterThan(1_000);
  });

  test('never gives two keys one name if they read differently', () => {
    const part = fc.string({ unit: fc.constantFrom(...'ab.-'), minLength: 1, maxLength: 4 });
    const triple = fc.tuple(part, part, part);
    fc.assert(
      fc.property(triple, triple, (one, other) => {
        const names = [one, other].map(([c, namespace, name]) => policyName(cluster(c), namespace, name));
        expect(names[0] === names[1]).toBe(one.join('\0') === other.join('\0'));
      }),
      { numRuns: 5_000 },
    );
  });

  test('gives at most what the store takes, beginning with the cluster', () => {
    const name = policyName(cluster('c'.repeat(40)), 'n'.repeat(63), `${'a.'.repeat(31)}a`);
    expect(Buffer.byteLength(name)).toBe(206);
    expect(checkPolicyName(name)).toBe(name);
    expect(name).not.toContain(',');
    expect(name.startsWith(policyNamePrefix(cluster('c'.repeat(40))))).toBe(true);
    expect(name.slice(-26)).toMatch(/^[a-z2-7]{26}$/);
  });

  test('gives what it gave before: a change would orphan every key', () => {
    expect(policyName(cluster('prod'), 'shop', 'photo-uploader')).toBe(
      'accesskeys.prod.shop.photo-uploader.ramhunpvjy425vcgy7kfkwzef4',
    );
  });

  test('never gives two clusters names with the same beginning', () => {
    expect(policyName(cluster('prod-eu'), 'shop', 'a').startsWith(policyNamePrefix(cluster('prod')))).toBe(
      false,
    );
  });
});

describe('keyOfPolicy', () => {
  test('gives the AccessKey that the policy is named after, whatever its name', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
    const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(label, label, name, (clusterName, namespace, called) => {
        const policy = policyName(cluster(clusterName), namespace, called);
        expect(keyOfPolicy(cluster(clusterName), policy)).toEqual({ namespace, name: called });
      }),
    );
  });

  test.each([
    'readwrite',
    'accesskeys.prod',
    'accesskeys.prod.',
    'accesskeys.prod.shop',
    `accesskeys.prod.shop.a.${'b'.repeat(26)}`,
    'accesskeys.prod-2.shop.a.b',
  ])('gives none for %s', (policy) => {
    expect(keyOfPolicy(cluster('prod'), policy)).toBeUndefined();
  });
});

describe('newAccessKeyId', () => {
  const policy = policyName(cluster('prod'), 'shop', 'photo-uploader');

  test('gives 20 characters that the store takes, with the tag of its policy alone', () => {
    const other = policyName(cluster('prod'), 'shop', 'photo-reader');
    for (let count = 0; count < 500; count += 1) {
      const id = newAccessKeyId(policy, randomBytes);
      expect(id).toMatch(/^[A-Z2-7]{20}$/);
      expect(checkAccessKeyId(id)).toBe(id);
      expect(tagOf(id)).toBe(accessKeyTag(policy));
      expect(tagOf(id)).not.toBe(accessKeyTag(other));
    }
  });

  test('differs wherever one of its 45 random bits differs, and only there', () => {
    const ids = new Set<string>();
    for (let bit = 0; bit < 64; bit += 1) {
      const bytes = Buffer.alloc(8);
      bytes[bit >> 3] = 0x80 >> (bit & 7);
      ids.add(newAccessKeyId(policy, () => bytes));
    }
    // The zero of the 19 bits that aren't used is one more.
    expect(ids.size).toBe(45 + 1);
  });

  test.each([
    ['nothing', ''],
    ['the root user', 'minioadmin'],
    ['an AWS id', 'AKIAIOSFODNN7EXAMPLE'],
    ['one too short', `AKO${'A'.repeat(16)}`],
    ['one too long', `AKO${'A'.repeat(18)}`],
    ['small letters', `AKO${'a'.repeat(17)}`],
    ['digits outside base32', `AKO${'1'.repeat(17)}`],
    ['a line break behind', `AKO${'A'.repeat(17)}\n`],
  ])('tagOf finds no tag in %s', (_what, id) => {
    expect(tagOf(id)).toBeUndefined();
  });
});
