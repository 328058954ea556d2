import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestedAccess } from '../../../../src/accesskey/policy/access.ts';
import { evaluateGrants } from '../../../../src/accesskey/policy/grants.ts';
import { encodeMark } from '../../../../src/ownership/mark.ts';
import { withExtraActions } from '../../../../src/provider/documents/actions.ts';
import { canonicalPolicy, policyDigest } from '../../../../src/provider/documents/canonical.ts';
import { policyDocument } from '../../../../src/provider/documents/document.ts';
import { accessInForce } from '../../../../src/provider/documents/read-back.ts';
import type { PolicyDocument } from '../../../../src/provider/documents/statement.ts';
import { MINIO_ACTIONS } from '../../../../src/provider/minio/actions.ts';
import type { GrantedAccess } from '../../../../src/provider/policy.ts';
import { CLUSTER, grantOf, UID } from '../../support/accesskey-fixtures.ts';
import { requests } from '../../support/accesskey-requests.ts';

interface Documented {
  readonly access: GrantedAccess;
  readonly document: PolicyDocument;
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const mark = encodeMark({
  clusterUid: CLUSTER.uid,
  accessKeyUid: UID,
  flags: new Set<never>(),
  label: 'Photo uploader',
});

/** The documents of random requests to stores with random extra actions, with the access that they were made for. */
const extras = fc.subarray(MINIO_ACTIONS.extra.map(({ name }) => name));
const documents = fc.tuple(requests, extras).map(([{ spec, grants }, extra]): Documented => {
  const access = requestedAccess(spec);
  if (typeof access === 'string') throw new Error(access);
  const wide = [...grants, grantOf({ unrestricted: true })];
  const verdict = evaluateGrants(
    { title: 'the store', grants: wide, namespace: { name: 'shop', labels: {} } },
    access,
  );
  if (!verdict.granted) throw new Error(verdict.refusal);
  const { mayCreate } = verdict;
  const actions = withExtraActions(MINIO_ACTIONS, extra);
  const document = policyDocument(
    { mark, access: verdict.access, mayList: true, mayCreate, noWiping: [] },
    actions,
  );
  return { access: verdict.access, document };
});

const copyOf = (document: object) => JSON.parse(JSON.stringify(document)) as { [key: string]: Json };
const inForce = (document: { [key: string]: Json }) => {
  const { ID, ...rest } = document;
  return accessInForce({ mark: typeof ID === 'string' ? ID : '', content: rest }, MINIO_ACTIONS)?.access;
};

/** The same JSON with every array and every object's keys in another order, and lists of one as their item, at random. */
function shuffled(value: Json, random: () => number): Json {
  const mixed = <T>(items: readonly T[]): T[] =>
    items
      .map((item) => [random(), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  if (Array.isArray(value)) {
    const items = mixed(value.map((item) => shuffled(item, random)));
    const [only] = items;
    return items.length === 1 && typeof only === 'string' && random() < 0.5 ? only : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    mixed(Object.entries(value)).map(([key, inner]) => [key, shuffled(inner, random)]),
  );
}

/** Every way to change one text, drop one element or key, or add one action or resource. */
function mutations(value: Json, rebuild: (changed: Json) => Json): Json[] {
  if (typeof value === 'string') return [rebuild(`${value}x`), rebuild(value.slice(0, -1)), rebuild('*')];
  if (Array.isArray(value)) {
    const added = ['s3:*', 'arn:aws:s3:::*'].filter((text) => !value.includes(text));
    const at = (index: number) => (changed: Json) =>
      rebuild(value.map((item, here) => (here === index ? changed : item)));
    return [
      ...value.flatMap((item, index) => mutations(item, at(index))),
      ...value.map((_, index) => rebuild(value.filter((__, here) => here !== index))),
      ...(typeof value[0] === 'string' ? added.map((text) => rebuild([...value, text])) : []),
    ];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const { [key]: _, ...rest } = value;
    return [...mutations(inner, (changed) => rebuild({ ...value, [key]: changed })), rebuild(rest)];
  });
}

const mutants = (document: object) =>
  mutations(copyOf(document), (changed) => changed) as { [key: string]: Json }[];

describe('the canonical form', () => {
  test('is the same in whatever order and spelling the store gives a document back', () => {
    fc.assert(
      fc.property(
        documents,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        ({ document }, stream) => {
          const random = () => stream.next().value as number;
          const back = shuffled(copyOf(document), random) as object;
          expect(canonicalPolicy(back)).toBe(canonicalPolicy(document));
          expect(policyDigest(back)).toBe(policyDigest(document));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('differs if any one text is changed, added or removed', () => {
    fc.assert(
      fc.property(documents, ({ document }) => {
        const canonical = canonicalPolicy(document);
        for (const mutant of mutants(document)) {
          // A list of one without its brackets is the same list.
          if (canonicalPolicy(mutant) === canonical) expect(mutant).toEqual(copyOf(document));
        }
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  test.each<[string, object, object]>([
    ['a text and a list of it', { Statement: [{ Action: 's3:*' }] }, { Statement: [{ Action: ['s3:*'] }] }],
    [
      'one statement and a list of it',
      { Statement: { Action: 's3:*' } },
      { Statement: [{ Action: 's3:*' }] },
    ],
    ['Id and ID', { Id: 'x', Statement: [] }, { ID: 'x', Statement: [] }],
    ['an action once and twice', { Statement: [{ Action: ['a', 'a'] }] }, { Statement: [{ Action: ['a'] }] }],
    [
      'false and "false"',
      { Statement: [{ Condition: { Null: { k: false } } }] },
      { Statement: [{ Condition: { Null: { k: 'false' } } }] },
    ],
  ])('is the same for %s', (_what, one, other) => {
    expect(canonicalPolicy(one)).toBe(canonicalPolicy(other));
  });

  test.each<[string, object, object]>([
    ['an Allow and a Deny', { Statement: [{ Effect: 'Allow' }] }, { Statement: [{ Effect: 'Deny' }] }],
    ['Action and NotAction', { Statement: [{ Action: 'a' }] }, { Statement: [{ NotAction: 'a' }] }],
    ['a field more', { Statement: [] }, { Statement: [], Extra: 'x' }],
    [
      'one statement of two and two of one',
      { Statement: [{ Action: ['a', 'b'] }] },
      { Statement: [{ Action: 'a' }, { Action: 'b' }] },
    ],
    [
      'two texts and one that holds both',
      { Statement: [{ Action: ['a', 'b'] }] },
      { Statement: [{ Action: ['a","b'] }] },
    ],
    [
      'a statement once and twice',
      { Statement: [{ Action: 'a' }] },
      { Statement: [{ Action: 'a' }, { Action: 'a' }] },
    ],
  ])('differs for %s', (_what, one, other) => {
    expect(canonicalPolicy(one)).not.toBe(canonicalPolicy(other));
  });

  test.each([
    {},
    { Statement: null },
    { Statement: 'x' },
    { Statement: [null, 1, 'x', []] },
    { Statement: { a: { b: [{}] } } },
  ])('takes any JSON: %j', (document) => {
    expect(typeof canonicalPolicy(document)).toBe('string');
  });
});

describe('what is in force', () => {
  test('is read back from a document as it was granted', () => {
    fc.assert(
      fc.property(documents, ({ access, document }) => {
        expect(inForce(copyOf(document))).toEqual(access);
      }),
      { numRuns: 3_000 },
    );
  });

  test('is read back from what earlier versions wrote, which denied no spellings of objects', () => {
    fc.assert(
      fc.property(documents, ({ access, document }) => {
        const Statement = document.Statement.filter(({ Sid }) => Sid !== 'NoTraversal');
        expect(inForce(copyOf({ ...document, Statement }))).toEqual(access);
      }),
      { numRuns: 300 },
    );
  });

  test('is never read from an edited document as more than it was, nor as what it does not say', () => {
    const bucketsOf = (access: GrantedAccess) =>
      access.kind === 'unrestricted' ? ['*'] : access.entries.map(({ bucketName }) => bucketName);
    let read = 0;
    let tried = 0;
    fc.assert(
      fc.property(documents, ({ access, document }) => {
        for (const mutant of mutants(document)) {
          tried += 1;
          const found = inForce(mutant);
          if (!found) continue;
          read += 1;
          // What is left is one that the operator could have written itself: not a statement more than it says.
          const { Statement } = policyDocument(
            { mark, access: found, mayList: true, mayCreate: ['*'], noWiping: [] },
            MINIO_ACTIONS,
          );
          const sids = Statement.map(({ Sid }) => Sid);
          for (const { Sid } of mutant['Statement'] as { Sid: string }[]) expect(sids).toContain(Sid);
          expect(bucketsOf(found).filter((bucket) => !bucketsOf(access).includes(bucket))).toEqual([]);
        }
      }),
      { numRuns: 20 },
    );
    // Labels and names that may be created don't count as access; hardly anything else may get through.
    expect(tried).toBeGreaterThan(1_000);
    expect(read / tried).toBeLessThan(0.1);
  }, 60_000);

  const photos = { bucketName: 'photos', permissions: 'read_only', prefixes: [], settings: false } as const;
  const document = copyOf(
    policyDocument(
      { mark, access: { kind: 'limited', entries: [photos] }, mayList: true, mayCreate: [], noWiping: [] },
      MINIO_ACTIONS,
    ),
  );
  const statements = document['Statement'] as Json[];
  const more = (...some: Json[]) => ({ ...document, Statement: [...statements, ...some] });

  test.each<[string, { [key: string]: Json }]>([
    ['a statement without a Sid', more({ Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] })],
    [
      'the settings of a bucket that is only read',
      more({
        Sid: 'ConfigureBuckets',
        Effect: 'Allow',
        Action: [...MINIO_ACTIONS.configureBucket],
        Resource: ['arn:aws:s3:::photos'],
      }),
    ],
    ['a Sid twice', more(...statements)],
    [
      'everything beside it',
      more({ Sid: 'Unrestricted', Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] }),
    ],
    ['no deny', { ...document, Statement: statements.slice(0, -1) }],
    ['no statement', { ...document, Statement: [] }],
    ['a statement that is none', more(null, 'x', 1)],
    ['no list', { ...document, Statement: 'x' }],
  ])('is nothing for a document with %s', (_what, edited) => {
    expect(inForce(document)).toBeDefined();
    expect(inForce(edited)).toBeUndefined();
  });
});
