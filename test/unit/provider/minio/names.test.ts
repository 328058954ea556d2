import { expect, test } from 'vitest';
import { checkAccessKeyId, checkPolicyName } from '../../../../src/provider/minio/names.ts';

test.each(['ABCDEFGHIJ2345678901', 'john.doe@example.org', 'with space', 'é', '__proto__', 'x'.repeat(255)])(
  '%s is taken',
  (name) => {
    expect(checkAccessKeyId(name)).toBe(name);
    expect(checkPolicyName(name)).toBe(name);
  },
);

test.each([
  '',
  ' x',
  'x ',
  'a,b',
  'a/b',
  'a\\b',
  'a*',
  'a?',
  `\${aws:username}`,
  '.',
  '..',
  'a\nb',
  'a\0b',
  '\ud800',
])('%j is refused', (name) => {
  for (const check of [checkAccessKeyId, checkPolicyName]) {
    expect(() => check(name)).toThrow(expect.objectContaining({ name: 'StoreError', kind: 'invalid' }));
  }
});

test('255 bytes are counted as bytes', () => {
  expect(() => checkPolicyName('é'.repeat(128))).toThrow('255 bytes');
  expect(() => checkAccessKeyId('x'.repeat(256))).toThrow('255 bytes');
});

test('an = is refused in an id only', () => {
  expect(() => checkAccessKeyId('a=b')).toThrow('characters');
  expect(checkPolicyName('a=b')).toBe('a=b');
});

test('what is refused is not repeated: it may be a secret', () => {
  expect(() => checkAccessKeyId('wJalr/SECRET')).not.toThrow('SECRET');
});
