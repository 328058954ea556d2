import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Access } from '../../../../src/accesskey/policy/access.ts';
import { evaluateGrants, maxAgeMs, type Verdict } from '../../../../src/accesskey/policy/grants.ts';
import type { Grant } from '../../../../src/api/schema/clusterobjectstore.ts';
import { grantOf, HOUR } from '../../support/accesskey-fixtures.ts';

const STORE = 'ClusterObjectStore default';
const shop = { name: 'shop', labels: { team: 'shop', tier: 'gold' } };

function limitedTo(
  ...wanted: [bucketName: string, permissions: 'read_only' | 'read_write', ...string[]][]
): Access {
  const entries = wanted.map(([bucketName, permissions, ...prefixes]) => ({
    bucketName,
    permissions,
    prefixes,
  }));
  return { kind: 'limited', entries };
}

const evaluate = (grants: readonly Grant[], access: Access, namespace = shop) =>
  evaluateGrants({ title: STORE, grants, namespace }, access);

function refusalOf(verdict: Verdict): string {
  if (verdict.granted) throw new Error('it is granted');
  return verdict.refusal;
}

describe('which namespaces a grant is for', () => {
  test.each<[string, Grant['namespaces'], boolean]>([
    ['all', { all: true }, true],
    ['its name', { names: ['cart', 'shop'] }, true],
    ['another name', { names: ['shop-eu', 'sho'] }, false],
    ['its label', { matchLabels: { team: 'shop' } }, true],
    ['both of its labels', { matchLabels: { team: 'shop', tier: 'gold' } }, true],
    ['one label that it has and one that it has not', { matchLabels: { team: 'shop', env: 'prod' } }, false],
    ['a label with another value', { matchLabels: { team: 'cart' } }, false],
    ["an object's own property for a label", { matchLabels: { constructor: 'shop' } }, false],
    ['no label', { matchLabels: {} }, false],
    ['no name', { names: [] }, false],
    ['nothing', {}, false],
    ['all: false', { all: false }, false],
  ])('%s', (_what, namespaces, granted) => {
    expect(evaluate([grantOf({ namespaces })], limitedTo(['photos', 'read_only'])).granted).toBe(granted);
  });
});

describe('what a grant covers', () => {
  test.each<[string, Partial<Grant>, Access, boolean]>([
    ['the bucket of that name', { buckets: ['photos'] }, limitedTo(['photos', 'read_write']), true],
    ['no bucket whose name goes on', { buckets: ['photos'] }, limitedTo(['photos-2', 'read_only']), false],
    ['buckets that begin so', { buckets: ['shop-*'] }, limitedTo(['shop-a', 'read_write']), true],
    ['no bucket that begins otherwise', { buckets: ['shop-*'] }, limitedTo(['shopping', 'read_only']), false],
    ['every bucket', { buckets: ['*'] }, limitedTo(['a-a', 'read_write'], ['b-b', 'read_only']), true],
    ['the own buckets', { buckets: ['{namespace}.*'] }, limitedTo(['shop.a', 'read_write']), true],
    ["no other namespace's", { buckets: ['{namespace}.*'] }, limitedTo(['shop-eu.a', 'read_only']), false],
    [
      'nothing by a pattern that is none',
      { buckets: ['sh*p', '{namespace}-*', ''] },
      limitedTo(['shop-a', 'read_only']),
      false,
    ],
    ['nothing by an empty list', { buckets: [] }, limitedTo(['photos', 'read_only']), false],
    ['reading, by read_only', { permissions: 'read_only' }, limitedTo(['photos', 'read_only']), true],
    ['no writing, by read_only', { permissions: 'read_only' }, limitedTo(['photos', 'read_write']), false],
    ['reading, by read_write', { permissions: 'read_write' }, limitedTo(['photos', 'read_only']), true],
    ['a key without buckets', { buckets: ['photos'] }, limitedTo(), true],
    ['a prefix', { buckets: ['photos'] }, limitedTo(['photos', 'read_write', 'a/']), true],
    ['unrestricted if it says so', { buckets: [], unrestricted: true }, { kind: 'unrestricted' }, true],
    ['no unrestricted by "*"', { buckets: ['*'] }, { kind: 'unrestricted' }, false],
    [
      'no bucket by unrestricted',
      { buckets: [], unrestricted: true },
      limitedTo(['photos', 'read_only']),
      false,
    ],
  ])('%s', (_what, grant, access, granted) => {
    expect(evaluate([grantOf(grant)], access).granted).toBe(granted);
  });

  test('includes what several grants cover together, each for its own', () => {
    const grants = [grantOf({ buckets: ['a-*'], permissions: 'read_only' }), grantOf({ buckets: ['b-*'] })];
    expect(evaluate(grants, limitedTo(['a-1', 'read_only'], ['b-1', 'read_write'])).granted).toBe(true);
    expect(evaluate(grants, limitedTo(['a-1', 'read_write'], ['b-1', 'read_write'])).granted).toBe(false);
  });

  test("does not grow by another namespace's grant", () => {
    const grants = [
      grantOf({ buckets: ['a-*'] }),
      grantOf({ namespaces: { names: ['cart'] }, unrestricted: true }),
    ];
    expect(evaluate(grants, { kind: 'unrestricted' }).granted).toBe(false);
    expect(evaluate(grants, limitedTo(['b-1', 'read_only'])).granted).toBe(false);
  });

  test('is nothing without a grant, not even a key without buckets', () => {
    for (const access of [
      limitedTo(),
      limitedTo(['photos', 'read_only']),
      { kind: 'unrestricted' } as const,
    ]) {
      expect(evaluate([], access)).toMatchObject({ granted: false, mayCreate: [], mayRetain: false });
    }
  });
});

describe("write access to a bucket's settings", () => {
  test.each<[string, Grant[], Access, boolean]>([
    ['come with read_write', [grantOf()], limitedTo(['photos', 'read_write']), true],
    ['not with read_only', [grantOf()], limitedTo(['photos', 'read_only']), false],
    ['not with a prefix', [grantOf()], limitedTo(['photos', 'read_write', 'a/']), false],
    [
      'not if the grant withholds them',
      [grantOf({ bucketSettings: false })],
      limitedTo(['photos', 'read_write']),
      false,
    ],
    [
      'by any grant that covers the entry',
      [grantOf({ bucketSettings: false }), grantOf({ buckets: ['photos'] })],
      limitedTo(['photos', 'read_write']),
      true,
    ],
    [
      'not by a grant that covers another',
      [grantOf({ bucketSettings: false }), grantOf({ buckets: ['logs'] })],
      limitedTo(['photos', 'read_write']),
      false,
    ],
    [
      'not by a grant that covers reading only',
      [grantOf({ bucketSettings: false }), grantOf({ permissions: 'read_only' })],
      limitedTo(['photos', 'read_write']),
      false,
    ],
  ])('%s', (_what, grants, access, settings) => {
    const verdict = evaluate(grants, access);
    if (!verdict.granted || verdict.access.kind !== 'limited') throw new Error('it is not granted');
    expect(verdict.access.entries.map((entry) => entry.settings)).toEqual([settings]);
  });
});

describe('a bucket that is to be created', () => {
  const created = (permissions: 'read_only' | 'read_write'): Access => ({
    kind: 'limited',
    entries: [{ bucketName: 'photos', permissions, prefixes: [], create: true }],
  });
  const reads = grantOf({ buckets: ['photos'], permissions: 'read_only' });

  test.each(['read_only', 'read_write'] as const)('with %s takes a grant of read_write', (permissions) => {
    expect(refusalOf(evaluate([reads], created(permissions)))).toContain('read_write on bucket photos');
    expect(evaluate([reads, grantOf({ buckets: ['pho*'] })], created(permissions))).toMatchObject({
      granted: true,
      access: { entries: [{ permissions, create: true }] },
    });
  });
});

describe('what a namespace may create and retain', () => {
  test('are the buckets of all its grants that write, whether or not the request passes', () => {
    const grants = [
      grantOf({ buckets: ['shop-*', 'photos'] }),
      grantOf({ buckets: ['{namespace}.*', 'photos', 'logs', 's*'], permissions: 'read_only' }),
      grantOf({ buckets: ['{namespace}.eu-*'] }),
      grantOf({ buckets: ['cart-*'], namespaces: { names: ['cart'] } }),
    ];
    for (const access of [limitedTo(['photos', 'read_only']), limitedTo(['cart-1', 'read_only'])]) {
      expect(evaluate(grants, access).mayCreate).toEqual(['photos', 'shop-*', 'shop.eu-*']);
    }
  });

  test('are kept keys only by a grant for the namespace that allows retaining', () => {
    const elsewhere = grantOf({ allowRetain: true, namespaces: { names: ['cart'] } });
    expect(evaluate([grantOf(), elsewhere], limitedTo()).mayRetain).toBe(false);
    expect(evaluate([grantOf(), grantOf({ allowRetain: true })], limitedTo()).mayRetain).toBe(true);
  });
});

describe('a refusal', () => {
  test('names the store, the namespace, what is not covered and what is offered', () => {
    const grants = [
      grantOf({ buckets: ['shop-*'] }),
      grantOf({ buckets: ['logs'], permissions: 'read_only' }),
    ];
    const access = limitedTo(['shop-a', 'read_write'], ['logs', 'read_write'], ['payroll', 'read_only']);
    expect(refusalOf(evaluate(grants, access))).toBe(
      'ClusterObjectStore default does not grant namespace shop read_write on bucket logs, read_only on bucket payroll; ' +
        'it grants read_write on shop-*, read_only on logs',
    );
  });

  test.each<[string, Grant[], string]>([
    ['no grant at all', [], 'none of its grants names this namespace: ask its administrator for one'],
    ['a grant without buckets', [grantOf({ buckets: [] })], 'it grants no bucket'],
  ])('says what to do: %s', (_what, grants, end) => {
    expect(refusalOf(evaluate(grants, { kind: 'unrestricted' }))).toMatch(new RegExp(`; ${end}$`));
  });

  test('offers unrestricted access if that is granted', () => {
    const grants = [grantOf({ buckets: [], unrestricted: true })];
    expect(refusalOf(evaluate(grants, limitedTo(['photos', 'read_only'])))).toMatch(
      /; it grants unrestricted access$/,
    );
  });

  test("doesn't name another namespace's grants", () => {
    const grants = [grantOf({ buckets: ['secret-project'], namespaces: { names: ['cart'] } })];
    expect(refusalOf(evaluate(grants, limitedTo(['photos', 'read_only'])))).not.toContain('secret-project');
  });

  test('stays short for a long request', () => {
    const many = Array.from({ length: 100 }, (_, number) => [`b-${number}`, 'read_only'] as const);
    expect(
      refusalOf(
        evaluate(
          [grantOf({ buckets: ['a-a'] })],
          limitedTo(...many.map(([b, p]) => [b, p] as [string, typeof p])),
        ),
      ),
    ).toMatch(/ and 90 more; it grants/);
  });
});

test('another grant never refuses what was granted, and a smaller request is granted if the whole was', () => {
  const pattern = fc.constantFrom('*', 'a-*', 'a-a', 'b-*', '{namespace}.*', 'b-b');
  const grant = fc
    .record({
      buckets: fc.array(pattern, { maxLength: 3 }),
      permissions: fc.constantFrom('read_only' as const, 'read_write' as const),
      bucketSettings: fc.boolean(),
      unrestricted: fc.boolean(),
      namespaces: fc.constantFrom<Grant['namespaces']>(
        { all: true },
        { names: ['shop'] },
        { names: ['cart'] },
      ),
    })
    .map(grantOf);
  const entries = fc.uniqueArray(
    fc.record({
      bucketName: fc.constantFrom('a-a', 'a-b', 'b-b', 'b-c', 'shop.a', 'c-c'),
      permissions: fc.constantFrom('read_only' as const, 'read_write' as const),
      prefixes: fc.constantFrom([], ['x/']),
    }),
    { selector: (entry) => entry.bucketName, maxLength: 4 },
  );
  let passed = 0;
  fc.assert(
    fc.property(fc.array(grant, { maxLength: 4 }), grant, entries, (grants, more, wanted) => {
      const verdict = evaluate(grants, { kind: 'limited', entries: wanted });
      if (!verdict.granted) return;
      passed += 1;
      expect(evaluate([...grants, more], { kind: 'limited', entries: wanted }).granted).toBe(true);
      for (const one of wanted)
        expect(evaluate(grants, { kind: 'limited', entries: [one] }).granted).toBe(true);
    }),
    { numRuns: 3_000 },
  );
  expect(passed).toBeGreaterThan(300);
});

describe('the maximum age', () => {
  const others = { namespaces: { names: ['cart'] }, maxAge: '2h' };
  test.each<[string, Partial<Grant>[], number | undefined]>([
    ['no grant', [], undefined],
    ['one that does not say', [{}], undefined],
    ['one that says', [{ maxAge: '72h' }], 72],
    ['several that say', [{ maxAge: '72h' }, { maxAge: '48h' }, {}], 48],
    ["another namespace's", [{ maxAge: '72h' }, others], 72],
    ['one by labels', [{ namespaces: { matchLabels: { team: 'shop' } }, maxAge: '3h' }], 3],
    ['one for other buckets', [{ buckets: [], maxAge: '72h' }, { buckets: ['*'] }], 72],
    ['one that is shorter than any may be', [{ maxAge: '1s' }], 2],
    ['one that cannot be read', [{ maxAge: 'long' }, { maxAge: '72h' }], 2],
  ])('by the grants is that of %s', (_what, grants, hours) => {
    expect(maxAgeMs({ grants: grants.map(grantOf), namespace: shop })).toBe(hours && hours * HOUR);
  });
});
