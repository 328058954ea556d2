import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestedAccess, summarizeAccess } from '../../../../src/accesskey/policy/access.ts';
import type { AccessKeySpec, BucketAccess } from '../../../../src/api/schema/accesskey.ts';
import { specOf } from '../../support/accesskey-fixtures.ts';

const photos: BucketAccess = { bucketName: 'photos', permissions: 'read_write' };
const logs: BucketAccess = { bucketName: 'logs', permissions: 'read_only', prefixes: ['2026/'] };
const none: BucketAccess = { bucketName: 'payroll', permissions: 'none' };
const entry = (bucketName: string, permissions: 'read_only' | 'read_write', ...prefixes: string[]) => ({
  bucketName,
  permissions,
  prefixes,
});

describe('requestedAccess', () => {
  test.each<[string, Parameters<typeof specOf>[0], ReturnType<typeof requestedAccess>]>([
    ['neither field', {}, { kind: 'unrestricted' }],
    ['limited: false alone', { limited: false }, { kind: 'unrestricted' }],
    ['limited: false and no entry', { limited: false, bucketAccess: [] }, { kind: 'unrestricted' }],
    ['limited: true alone', { limited: true }, { kind: 'limited', entries: [] }],
    ['limited: true and no entry', { limited: true, bucketAccess: [] }, { kind: 'limited', entries: [] }],
    ['an entry of none alone', { bucketAccess: [none] }, { kind: 'limited', entries: [] }],
    ['an entry', { bucketAccess: [photos] }, { kind: 'limited', entries: [entry('photos', 'read_write')] }],
    [
      'entries, sorted',
      { limited: true, bucketAccess: [photos, none, logs] },
      { kind: 'limited', entries: [entry('logs', 'read_only', '2026/'), entry('photos', 'read_write')] },
    ],
    [
      'an entry with create, written either way',
      {
        bucketAccess: [
          { ...photos, create: true },
          { ...logs, create: false },
          { ...none, create: false },
        ],
      },
      {
        kind: 'limited',
        entries: [entry('logs', 'read_only', '2026/'), { ...entry('photos', 'read_write'), create: true }],
      },
    ],
  ])('%s', (_what, fields, access) => {
    expect(requestedAccess(specOf(fields))).toEqual(access);
  });

  test.each<[string, Parameters<typeof specOf>[0], RegExp]>([
    ['no entry and limited not written', { bucketAccess: [] }, /set limited: true/],
    [
      'create: true beside none',
      { bucketAccess: [{ ...none, create: true }] },
      /create: true beside permissions: none/,
    ],
    ['entries beside limited: false', { limited: false, bucketAccess: [photos] }, /limited: false/],
    ['even an entry of none beside it', { limited: false, bucketAccess: [none] }, /limited: false/],
  ])('refuses %s', (_what, fields, cause) => {
    expect(requestedAccess(specOf(fields))).toMatch(cause);
  });
});

/** Past the types, as an object that was stored before a rule, or past it. */
const raw = (bucketAccess: unknown, ...limited: [] | [unknown]) =>
  requestedAccess({
    ...specOf({}),
    limited: limited.length === 0 || limited[0],
    bucketAccess,
  } as AccessKeySpec);

describe('a spec that the CRD would refuse', () => {
  test.each<[string, unknown, RegExp]>([
    ['a bucket twice', [photos, photos], /names bucket photos twice/],
    ['a bucket twice, once with none', [{ ...photos, permissions: 'none' }, photos], /twice/],
    ['a number for a name', [{ bucketName: 12345, permissions: 'read_only' }], /not a bucket name/],
    [
      'an unknown permission',
      [{ bucketName: 'photos', permissions: 'admin' }],
      /"admin" is not a permission/,
    ],
    ['no permission', [{ bucketName: 'photos' }], /not a permission/],
    ["an object's own property", [{ bucketName: 'photos', permissions: '__proto__' }], /not a permission/],
    ['a list of prefixes without any', [{ ...photos, prefixes: [] }], /prefixes/],
    ['a prefix without a slash', [{ ...photos, prefixes: ['a'] }], /"a" is not a prefix of bucket photos/],
    ['one wrong prefix among others', [{ ...photos, prefixes: ['a/', '*/'] }], /not a prefix/],
    ['a bad name with none', [{ bucketName: '*', permissions: 'none' }], /not a bucket name/],
  ])('is refused: %s', (_what, bucketAccess, cause) => {
    expect(raw(bucketAccess)).toMatch(cause);
  });

  test('is not taken for unrestricted if bucketAccess is null', () => {
    expect(raw(null, undefined)).toMatch(/limited is missing/);
    expect(raw(null, true)).toEqual({ kind: 'limited', entries: [] });
  });

  test('is limited if limited is no boolean', () => {
    for (const limited of ['false', 0, null])
      expect(raw([], limited)).toEqual({ kind: 'limited', entries: [] });
  });
});

/** Characters with a meaning in an ARN, a condition, a path or JSON. */
// biome-ignore format: a list to read
const ADVERSARIAL = [
  '*', '?', '**', 'pho*', 'photo?', `\${aws:username}`, `photos/\${aws:userid}/`, '../', '..', '.', '/', '//',
  'photos/', 'photos/*', 'photos/../logs', 'photos"', "photos'", 'photos\\', 'photos\n', '\nphotos', 'photos\0',
  'photos\u2028', 'phótos', 'Photos', 'photos ', ' photos', 'photos,logs', 'arn:aws:s3:::logs', 'photos%2a', '192.168.1.1',
  'minio', 'a..b', 'a.-b', '-a', 'a-', 'ab', 'a'.repeat(64), '', '__proto__', 'photos\u200b', 'photos\ud800',
];

describe('text that is no name', () => {
  test.each(ADVERSARIAL)('is no bucket: %j', (bucketName) => {
    for (const permissions of ['none', 'read_only', 'read_write']) {
      expect(typeof raw([photos, { bucketName, permissions }])).toBe('string');
    }
  });

  // Those of them that may be in an object's name, in which neither a policy nor a path gives them a meaning.
  const plain = ["photos'", '__proto__'];
  const asPrefix = ADVERSARIAL.filter(
    (text) => !/^[A-Za-z0-9-][A-Za-z0-9.-]*$/.test(text) && !plain.includes(text),
  );

  test.each(asPrefix)('is no prefix, alone and before a slash: %j', (text) => {
    if (text !== 'photos/') expect(typeof raw([{ ...logs, prefixes: ['2026/', text] }])).toBe('string');
    expect(typeof raw([{ ...logs, prefixes: ['2026/', `${text}/`] }])).toBe('string');
  });

  test('never gets through with a wildcard, a variable, an escape or a climb, whatever else it is', () => {
    const text = fc.oneof(
      fc.constantFrom(...ADVERSARIAL),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(...'ab-./*?$\\{}"\n'), maxLength: 12 }),
      fc.string({ unit: fc.constantFrom(...'abcde.-/'), minLength: 3, maxLength: 8 }),
    );
    let taken = 0;
    fc.assert(
      fc.property(text, text, (bucketName, prefix) => {
        const access = raw([{ bucketName, permissions: 'read_write', prefixes: [`${prefix}/`] }]);
        if (typeof access === 'string') return;
        taken += 1;
        expect(`${bucketName}/${prefix}`).not.toMatch(/[*?$\\{}"\s]|(?:^|\/)\.{0,2}(?:\/|$)/);
      }),
      { numRuns: 20_000 },
    );
    // Some do, or this would show nothing.
    expect(taken).toBeGreaterThan(100);
  });

  test('is quoted in the cause, so that a line stays a line', () => {
    expect(raw([{ bucketName: 'a\nb', permissions: 'none' }])).toBe(
      'spec.bucketAccess: "a\\nb" is not a bucket name',
    );
  });
});

describe('summarizeAccess', () => {
  test.each([
    [{ kind: 'unrestricted' } as const, 'unrestricted'],
    [{ kind: 'limited', entries: [] } as const, 'no buckets'],
    [{ kind: 'limited', entries: [entry('a-a', 'read_only')] } as const, '1 bucket: 1 read_only'],
    [
      {
        kind: 'limited',
        entries: [entry('a-a', 'read_only'), entry('b-b', 'read_write'), entry('c-c', 'read_only')],
      } as const,
      '3 buckets: 1 read_write, 2 read_only',
    ],
  ])('%j is %s', (access, text) => {
    expect(summarizeAccess(access)).toBe(text);
  });
});
