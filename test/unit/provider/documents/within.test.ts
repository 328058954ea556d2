import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestedAccess } from '../../../../src/accesskey/policy/access.ts';
import { evaluateGrants } from '../../../../src/accesskey/policy/grants.ts';
import { encodeMark } from '../../../../src/ownership/mark.ts';
import { withExtraActions } from '../../../../src/provider/documents/actions.ts';
import { policyDocument } from '../../../../src/provider/documents/document.ts';
import type { PolicyDocument } from '../../../../src/provider/documents/statement.ts';
import { isWithin } from '../../../../src/provider/documents/within.ts';
import { MINIO_ACTIONS } from '../../../../src/provider/minio/actions.ts';
import { CLUSTER, grantOf, UID } from '../../support/accesskey-fixtures.ts';
import { isAllowed } from '../../support/accesskey-iam.ts';
import { probes, requests } from '../../support/accesskey-requests.ts';

const mark = encodeMark({ clusterUid: CLUSTER.uid, accessKeyUid: UID, flags: new Set<never>(), label: 'x' });
const plain = (document: PolicyDocument) => document as unknown as Record<string, unknown>;

const documents = fc
  .record({
    request: requests,
    extra: fc.subarray(MINIO_ACTIONS.extra.map(({ name }) => name)),
    mayList: fc.boolean(),
    noWiping: fc.subarray(['s3:ForceDeleteBucket', 's3:CreateBucket']),
  })
  .map(({ request: { spec, grants }, extra, mayList, noWiping }): PolicyDocument => {
    const access = requestedAccess(spec);
    if (typeof access === 'string') throw new Error(access);
    const wide = [...grants, grantOf({ unrestricted: true })];
    const verdict = evaluateGrants(
      { title: 'the store', grants: wide, namespace: { name: 'shop', labels: {} } },
      access,
    );
    if (!verdict.granted) throw new Error(verdict.refusal);
    const input = { mark, access: verdict.access, mayList, mayCreate: verdict.mayCreate, noWiping };
    return policyDocument(input, withExtraActions(MINIO_ACTIONS, extra));
  });

/** The document with one of its statements changed. */
function changed(
  document: PolicyDocument,
  at: number,
  change: (statement: PolicyDocument['Statement'][number]) => object,
): Record<string, unknown> {
  return {
    ...document,
    Statement: document.Statement.map((statement, here) => (here === at ? change(statement) : statement)),
  };
}

describe('a policy is within another one', () => {
  test('if it is the same, whatever its mark', () => {
    fc.assert(fc.property(documents, (document) => isWithin(plain({ ...document, ID: 'x' }), document)));
  });

  test('only if no request is allowed by it alone', () => {
    let within = 0;
    fc.assert(
      fc.property(
        documents,
        documents,
        fc.array(probes, { minLength: 30, maxLength: 30 }),
        (one, other, some) => {
          if (!isWithin(plain(one), other)) return;
          within += 1;
          for (const probe of some) {
            if (isAllowed(plain(one), probe))
              expect({ probe, may: isAllowed(plain(other), probe) }).toEqual({ probe, may: true });
          }
        },
      ),
      { numRuns: 5_000 },
    );
    expect(within).toBeGreaterThan(50);
  }, 60_000);

  test('if an allowance is taken from it, and not if a denial is', () => {
    fc.assert(
      fc.property(documents, fc.nat(), (document, number) => {
        const at = number % document.Statement.length;
        const taken = { ...document, Statement: document.Statement.filter((_, here) => here !== at) };
        expect(isWithin(plain(taken as PolicyDocument), document)).toBe(
          document.Statement[at]?.Effect === 'Allow',
        );
      }),
    );
  });

  test('not if it has an action, a resource or a field more, or a condition less', () => {
    fc.assert(
      fc.property(documents, fc.nat(), (document, number) => {
        const allowances = document.Statement.filter(({ Effect }) => Effect === 'Allow');
        if (allowances.length === 0) return;
        const at = number % allowances.length;
        const unrestricted = document.Statement.some(({ Sid }) => Sid === 'Unrestricted');
        const more = (field: 'Action' | 'Resource', text: string) =>
          changed(document, at, (one) => ({ ...one, [field]: [...(one[field] ?? []), text] }));
        expect(isWithin(more('Action', 's3:DeleteBucket'), document)).toBe(unrestricted);
        expect(isWithin(more('Resource', 'arn:aws:s3:::strange-bucket'), document)).toBe(
          unrestricted || allowances[at]?.Resource?.includes('arn:aws:s3:::*') === true,
        );
        expect(
          isWithin(
            changed(document, at, (one) => ({ ...one, NotAction: ['x'] })),
            document,
          ),
        ).toBe(false);
        if (allowances[at]?.Condition && !unrestricted) {
          const free = changed(document, at, ({ Condition: _, ...one }) => one);
          expect(isWithin(free, document)).toBe(false);
        }
      }),
    );
  });

  test.each<[string, unknown]>([
    ['no statement', undefined],
    ['a text', 'x'],
    ['an unknown effect', [{ Effect: 'Maybe', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::a/*'] }]],
    [
      'a condition that is a list',
      [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'a', Condition: [1] }],
    ],
  ])('not if it has %s', (_what, Statement) => {
    const wide = policyDocument(
      { mark, access: { kind: 'unrestricted' }, mayList: true, mayCreate: ['*'], noWiping: [] },
      MINIO_ACTIONS,
    );
    expect(isWithin({ Statement }, wide)).toBe(false);
  });
});
