import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestedAccess } from '../../../../src/accesskey/policy/access.ts';
import { evaluateGrants } from '../../../../src/accesskey/policy/grants.ts';
import type { AccessKeySpec } from '../../../../src/api/schema/accesskey.ts';
import { encodeMark } from '../../../../src/ownership/mark.ts';
import { policyDocument } from '../../../../src/provider/documents/document.ts';
import type { PolicyDocument } from '../../../../src/provider/documents/statement.ts';
import { MAX_POLICY_BYTES, MINIO_ACTIONS } from '../../../../src/provider/minio/actions.ts';
import type { GrantedAccess } from '../../../../src/provider/policy.ts';
import { CLUSTER, UID } from '../../support/accesskey-fixtures.ts';
import { type IamRequest, isAllowed, matchesWildcard } from '../../support/accesskey-iam.ts';
import { askedFor, CREATABLE, probes, requests } from '../../support/accesskey-requests.ts';

const MARK = { clusterUid: CLUSTER.uid, accessKeyUid: UID, flags: new Set<never>(), label: 'Photo uploader' };
const mark = encodeMark(MARK);
const plain = (document: PolicyDocument) => document as unknown as Record<string, unknown>;

function documentFor(
  access: GrantedAccess,
  mayCreate: readonly string[] = [],
  mayList = true,
): PolicyDocument {
  return policyDocument({ mark, access, mayList, mayCreate, noWiping: [] }, MINIO_ACTIONS);
}

const limited = (...entries: Extract<GrantedAccess, { kind: 'limited' }>['entries']): GrantedAccess => ({
  kind: 'limited',
  entries,
});
const photos = { bucketName: 'photos', permissions: 'read_write', prefixes: [], settings: true } as const;
const logs = { bucketName: 'logs', permissions: 'read_only', prefixes: ['2026/'], settings: false } as const;

describe('a policy', () => {
  test('allows what is asked for and granted, and nothing else', () => {
    let allowed = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        requests,
        fc.array(probes, { minLength: 10, maxLength: 10 }),
        ({ spec, grants }, probed) => {
          const access = requestedAccess(spec);
          if (typeof access === 'string') throw new Error(access);
          const verdict = evaluateGrants(
            { title: 'the store', grants, namespace: { name: 'shop', labels: {} } },
            access,
          );
          const asked = askedFor(spec, grants);
          expect(verdict.granted).toBe(asked !== undefined);
          if (!verdict.granted || !asked) return;
          const document = plain(documentFor(verdict.access, verdict.mayCreate));
          for (const probe of probed) {
            const may = isAllowed(document, probe);
            if (may !== asked(probe)) expect({ ...probe, may }).toEqual({ ...probe, may: asked(probe) });
            if (may) allowed += 1;
            else refused += 1;
          }
        },
      ),
      { numRuns: 20_000 },
    );
    // Both happen often enough to mean something.
    expect(Math.min(allowed, refused)).toBeGreaterThan(10_000);
  });

  test('never gets a text from a spec that has a power of its own', () => {
    const text = fc.oneof(
      fc.constantFrom(
        '*',
        '?',
        'photos*',
        `\${aws:username}`,
        '../',
        'photos/*',
        'photos"',
        'a\nb',
        '__proto__',
        'phótos',
      ),
      fc.string({ unit: fc.constantFrom(...'ab1.-/*?$\\{}"\n'), minLength: 3, maxLength: 8 }),
    );
    const hostile = fc.array(
      fc.record({
        bucketName: fc.oneof(text, fc.constantFrom('photos', 'logs')),
        permissions: fc.constantFrom('none', 'read_only', 'read_write', '*'),
        prefixes: fc.oneof(
          fc.constant(undefined),
          fc.array(
            fc.oneof(
              text,
              text.map((some) => `${some}/`),
              fc.constant('2026/'),
            ),
            { maxLength: 2 },
          ),
        ),
      }),
      { minLength: 1, maxLength: 3 },
    );
    let taken = 0;
    fc.assert(
      fc.property(hostile, fc.string({ unit: 'binary', maxLength: 20 }), (bucketAccess, label) => {
        const access = requestedAccess({ limited: true, bucketAccess } as unknown as AccessKeySpec);
        if (typeof access === 'string') return;
        taken += 1;
        if (access.kind === 'unrestricted') throw new Error('it was limited');
        const entries = access.entries.map((entry) => ({ ...entry, settings: true }));
        const { Statement } = policyDocument(
          {
            mark: encodeMark({ ...MARK, label }),
            access: { kind: 'limited', entries },
            mayList: false,
            mayCreate: [],
            noWiping: [],
          },
          MINIO_ACTIONS,
        );
        for (const { Effect, Resource = [], Condition } of Statement) {
          if (Effect === 'Deny') continue;
          for (const arn of Resource) {
            if (!/^arn:aws:s3:::[a-z0-9.-]{3,63}(?:\/(?:[A-Za-z0-9!_.'()/=+@-]*\/)?\*)?$/.test(arn))
              expect(arn).toBe('an ARN of ours');
            if (/\/\.{0,2}\//.test(arn)) expect(arn).toBe('no path');
          }
          const patterns = Condition?.['ForAllValues:StringLike']?.['s3:prefix'] ?? [];
          for (const pattern of patterns) {
            if (!/^[A-Za-z0-9!_.'()/=+@-]+\/\*$/.test(pattern)) expect(pattern).toBe('a pattern of ours');
          }
        }
      }),
      { numRuns: 100_000 },
    );
    expect(taken).toBeGreaterThan(1_000);
  });

  test('never has bucket and object actions in one statement, nor an ARN of the other kind', () => {
    const bucket = [
      ...MINIO_ACTIONS.readBucket,
      ...MINIO_ACTIONS.writeBucket,
      ...MINIO_ACTIONS.configureBucket,
    ];
    const object = [...MINIO_ACTIONS.readObject, ...MINIO_ACTIONS.writeObject];
    const document = documentFor(limited({ ...logs, permissions: 'read_write' }, photos), ['shop-*']);
    const kinds = document.Statement.filter(({ Effect }) => Effect === 'Allow').map(
      ({ Action, Resource = [] }) => {
        const isObject = Action.some((action) => object.includes(action));
        expect(Action.some((action) => bucket.includes(action)) && isObject).toBe(false);
        for (const arn of Resource) expect(arn.includes('/')).toBe(isObject);
        return isObject;
      },
    );
    expect(kinds).toContain(true);
    expect(kinds).toContain(false);
  });

  const documents: [string, PolicyDocument][] = [
    ['without buckets', documentFor(limited(), [], false)],
    ['limited', documentFor(limited(logs, photos), ['shop-*'])],
    ['unrestricted', documentFor({ kind: 'unrestricted' }, ['*'])],
  ];

  test.each(documents)('denies making users and child keys, last: %s', (_what, document) => {
    expect(document.Statement.at(-1)).toEqual({
      Sid: 'NoSelfService',
      Effect: 'Deny',
      Action: ['admin:CreateUser', 'admin:CreateServiceAccount'],
    });
    for (const action of ['admin:CreateUser', 'admin:CreateServiceAccount', 'admin:ServerInfo']) {
      expect(isAllowed(plain(document), { action, bucket: '' })).toBe(false);
    }
  });

  test.each(documents)('denies every object whose name climbs: %s', (_what, document) => {
    for (const object of ['a/../b', '..', '../x', 'a/..', 'a/.', 'a/./.', '../../x']) {
      for (const action of ['s3:DeleteObject', 's3:GetObject', 's3:PutObject'])
        expect(isAllowed(plain(document), { action, bucket: 'photos', object })).toBe(false);
    }
  });

  test.each(documents)(
    'spells every action s3: or admin:, has no statement without one, and no Sid twice: %s',
    (_what, document) => {
      for (const { Action, Resource, Effect } of document.Statement) {
        expect(Action.length).toBeGreaterThan(0);
        for (const action of Action)
          expect(action).toMatch(
            Effect === 'Allow' ? /^s3:(?:[A-Za-z]+|\*)$/ : /^(?:admin:[A-Za-z]+|s3:\*)$/,
          );
        if (Effect === 'Allow') expect(Resource?.length).toBeGreaterThan(0);
      }
      const sids = document.Statement.map(({ Sid }) => Sid);
      expect(new Set(sids).size).toBe(sids.length);
    },
  );

  test.each([
    's3:PutBucketPolicy',
    's3:DeleteBucketPolicy',
    's3:DeleteBucket',
    's3:ForceDeleteBucket',
    's3:PutObjectRetention',
    's3:BypassGovernanceRetention',
  ])('of a limited key never allows %s', (action) => {
    const document = plain(documentFor(limited(logs, photos), ['*']));
    for (const object of [undefined, 'a'])
      expect(isAllowed(document, { action, bucket: 'photos', ...(object && { object }) })).toBe(false);
  });

  test('gives one bucket what the guide lists, in the spelling of MinIO', () => {
    const actionsOf = (document: PolicyDocument) =>
      document.Statement.filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Action }) => Action)
        .sort();
    expect(
      actionsOf(documentFor(limited({ ...photos, permissions: 'read_only', settings: false }), [], false)),
    ).toEqual([
      's3:GetBucketCors',
      's3:GetBucketLocation',
      's3:GetBucketNotification',
      's3:GetBucketPolicy',
      's3:GetBucketTagging',
      's3:GetBucketVersioning',
      's3:GetLifecycleConfiguration',
      's3:GetObject',
      's3:GetObjectVersion',
      's3:GetReplicationConfiguration',
      's3:ListBucket',
      's3:ListBucketMultipartUploads',
      's3:ListBucketVersions',
      's3:ListMultipartUploadParts',
    ]);
    const before = actionsOf(
      documentFor(limited({ ...photos, permissions: 'read_only', settings: false }), [], false),
    );
    expect(
      actionsOf(documentFor(limited(photos), [], false)).filter((action) => !before.includes(action)),
    ).toEqual([
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:DeleteObjectVersion',
      's3:PutBucketCors',
      's3:PutBucketNotification',
      's3:PutBucketTagging',
      's3:PutBucketVersioning',
      's3:PutLifecycleConfiguration',
      's3:PutObject',
      's3:PutReplicationConfiguration',
      's3:RestoreObject',
    ]);
  });

  test('confines a prefix as the server was seen to do it', () => {
    expect(documentFor(limited(logs), [], false).Statement.slice(0, -2)).toEqual([
      {
        Sid: 'LocatePrefixes',
        Effect: 'Allow',
        Action: ['s3:GetBucketLocation'],
        Resource: ['arn:aws:s3:::logs'],
      },
      {
        Sid: 'ListPrefixes1',
        Effect: 'Allow',
        Action: ['s3:ListBucket', 's3:ListBucketVersions'],
        Resource: ['arn:aws:s3:::logs'],
        Condition: { Null: { 's3:prefix': 'false' }, 'ForAllValues:StringLike': { 's3:prefix': ['2026/*'] } },
      },
      {
        Sid: 'ReadPrefixes',
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:GetObjectVersion', 's3:ListMultipartUploadParts'],
        Resource: ['arn:aws:s3:::logs/2026/*'],
      },
    ]);
  });

  test('leaves out listing and creating if they are withheld', () => {
    const { Statement } = documentFor(limited(photos), [], false);
    expect(Statement.flatMap(({ Action }) => Action)).not.toContain('s3:ListAllMyBuckets');
    expect(Statement.flatMap(({ Action }) => Action)).not.toContain('s3:CreateBucket');
  });

  test('is the same, in the same order, for the same input', () => {
    const text = () => JSON.stringify(documentFor(limited(logs, photos), ['a', 'b-*']));
    expect(text()).toBe(text());
  });

  test('with 100 buckets at their longest is one that the store takes', () => {
    const entries = Array.from({ length: 100 }, (_, number) => ({
      ...photos,
      bucketName: `${number}`.padStart(63, 'b'),
    }));
    expect(Buffer.byteLength(JSON.stringify(documentFor(limited(...entries))))).toBeLessThan(
      MAX_POLICY_BYTES,
    );
  });
});

test('creating is confined to the granted names, but for an unrestricted key', () => {
  const create = (document: PolicyDocument, bucket: string) =>
    isAllowed(plain(document), { action: 's3:CreateBucket', bucket } satisfies IamRequest);
  for (const bucket of CREATABLE) {
    expect(create(documentFor(limited(photos), ['shop-*', 'logs']), bucket)).toBe(
      bucket.startsWith('shop-') || bucket === 'logs',
    );
    expect(create(documentFor({ kind: 'unrestricted' }), bucket)).toBe(true);
  }
});

describe('the evaluator that these tests lean on', () => {
  test.each([
    ['*', '', true],
    ['*', 'a/b', true],
    ['a*', 'a', true],
    ['a*', 'ba', false],
    ['a*c', 'abcbc', true],
    ['a?c', 'abc', true],
    ['a?', 'a', false],
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['*a*', 'bab', true],
  ])('%j matches %j: %s', (pattern, text, matches) => {
    expect(matchesWildcard(pattern, text)).toBe(matches);
  });

  test('lets an object ARN grant bucket actions, as the server does', () => {
    const document = {
      Statement: [{ Effect: 'Allow', Action: ['s3:ListBucket'], Resource: ['arn:aws:s3:::alpha/*'] }],
    };
    expect(isAllowed(document, { action: 's3:ListBucket', bucket: 'alpha' })).toBe(true);
  });

  test('lets a deny go before an allow', () => {
    const allow = { Effect: 'Allow', Action: ['*'], Resource: ['arn:aws:s3:::*'] };
    const deny = { Effect: 'Deny', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::a/*'] };
    const request = { action: 's3:GetObject', bucket: 'a', object: 'x' };
    expect(isAllowed({ Statement: [allow] }, request)).toBe(true);
    expect(isAllowed({ Statement: [allow, deny] }, request)).toBe(false);
  });
});
