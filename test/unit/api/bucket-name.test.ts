import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBucketName, isPrefix } from '../../../src/api/bucket-name.ts';

describe('isBucketName', () => {
  test.each([
    'abc',
    'a-b',
    'shop.photos',
    'a--b',
    '0.0.0',
    '1.2.3.4a',
    'minio-data',
    'xn--bcher-kva',
    'a'.repeat(63),
  ])('takes %s', (name) => {
    expect(isBucketName(name)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['two characters', 'ab'],
    ['64 characters', 'a'.repeat(64)],
    ['capitals', 'Photos'],
    ['an underscore', 'my_photos'],
    ['a hyphen first', '-photos'],
    ['a hyphen last', 'photos-'],
    ['a dot first', '.minio.sys'],
    ['a dot last', 'photos.'],
    ['two dots', 'a..b'],
    ['a dot before a hyphen', 'a.-b'],
    ['a hyphen before a dot', 'a-.b'],
    ['an IPv4 address', '192.168.1.10'],
    ['what only looks like one', '999.1.1.1'],
    ["MinIO's own", 'minio'],
    ['a wildcard', 'photos*'],
    ['a question mark', 'photo?'],
    ['a variable', `a\${aws:username}`],
    ['a path', 'photos/2026'],
    ['a line break at the end', 'photos\n'],
    ['a letter that only looks like one of ours', 'рhotos'],
  ])('refuses %s', (_what, name) => {
    expect(isBucketName(name)).toBe(false);
  });

  test('follows the rules as S3 words them, one by one', () => {
    fc.assert(
      fc.property(text('ab09.-A_*/'), (name) => {
        const characters = [...name].every((c) => 'abcdefghijklmnopqrstuvwxyz0123456789.-'.includes(c));
        const ends = !/^[.-]/.test(name) && !/[.-]$/.test(name);
        const neighbours = !['..', '.-', '-.'].some((pair) => name.includes(pair));
        const parts = name.split('.');
        const address =
          parts.length === 4 && parts.every((part) => part !== '' && !Number.isNaN(Number(part)));
        const length = name.length >= 3 && name.length <= 63;
        expect(isBucketName(name)).toBe(length && characters && ends && neighbours && !address);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('isPrefix', () => {
  test.each([
    '2026/',
    'a/b/c/',
    "it's(1)=+@-!_.'/",
    '.../',
    '.hidden/',
    'v1..2/',
    'a./',
    `${'a'.repeat(511)}/`,
  ])('takes %s', (prefix) => {
    expect(isPrefix(prefix)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['513 characters', `${'a'.repeat(512)}/`],
    ['no slash at the end', '2026'],
    ['a slash alone', '/'],
    ['a slash first', '/2026/'],
    ['an empty component', 'a//b/'],
    ['an empty component last', 'a//'],
    ['a dot component', 'a/./b/'],
    ['a dot component first', './a/'],
    ['a dot-dot component', 'a/../b/'],
    ['a dot-dot component last', 'a/../'],
    ['a wildcard', '2026*/'],
    ['a question mark', '202?/'],
    ['a variable', `\${aws:username}/`],
    ['a backslash', 'a\\b/'],
    ['a space', 'a b/'],
    ['a line break at the end', '2026/\n'],
    ['an umlaut', 'bücher/'],
  ])('refuses %s', (_what, prefix) => {
    expect(isPrefix(prefix)).toBe(false);
  });

  test('requires components that end in a slash, none of them empty, . or ..', () => {
    fc.assert(
      fc.property(text("a0./-'*"), (prefix) => {
        const components = prefix.split('/');
        const ends = components.pop() === '' && components.length > 0;
        const whole = components.every((component) => !['', '.', '..'].includes(component));
        expect(isPrefix(prefix)).toBe(ends && whole && !prefix.includes('*'));
      }),
      { numRuns: 5_000 },
    );
  });
});

/** Short strings of few characters, so that a good share of them is right, or wrong in one place. */
function text(alphabet: string): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 12 });
}
