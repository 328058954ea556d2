/**
 * 200,000 random and adversarial specs and grants, from an AccessKey's fields to the policy's document, which an
 * evaluator of its own reads. Each run draws another seed, which is in the tests' names: `SECURITY_SEED` repeats a run,
 * and `SECURITY_RUNS` is another number of them.
 */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestedAccess } from '../../../../src/accesskey/policy/access.ts';
import { evaluateGrants } from '../../../../src/accesskey/policy/grants.ts';
import type { AccessKeySpec } from '../../../../src/api/schema/accesskey.ts';
import { decodeMark, encodeMark } from '../../../../src/ownership/mark.ts';
import { policyName } from '../../../../src/ownership/names.ts';
import { policyDocument } from '../../../../src/provider/documents/document.ts';
import type { PolicyDocument } from '../../../../src/provider/documents/statement.ts';
import { MINIO_ACTIONS } from '../../../../src/provider/minio/actions.ts';
import { CLUSTER, UID } from '../../support/accesskey-fixtures.ts';
import { isAllowed } from '../../support/accesskey-iam.ts';
import {
  askedAtMost,
  hostileAccess,
  hostileGrants,
  hostileText,
  probesOf,
  randomOf,
  TENANT,
} from '../../support/security-specs.ts';

const numRuns = Number(process.env['SECURITY_RUNS'] ?? 200_000);
const seed = Number(process.env['SECURITY_SEED'] ?? randomInt(2 ** 31));
/** The number of runs of a property of one text. */
const numTexts = numRuns / 5;
const PROBES = 12;
const TIMEOUT_MS = 300_000;

const ARN = /^arn:aws:s3:::(?:\*|[a-z0-9][a-z0-9.-]*\*?|[a-z0-9.-]{3,63}\/(?:[A-Za-z0-9!_.'()/=+@-]+\/)?\*)$/;

/** The denials of every policy, for any spec. */
const DENIALS = policyDocument(
  {
    mark: encodeMark({ clusterUid: CLUSTER.uid, accessKeyUid: UID, flags: new Set(), label: '' }),
    access: { kind: 'limited', entries: [] },
    mayList: false,
    mayCreate: [],
    noWiping: [],
  },
  MINIO_ACTIONS,
).Statement;

/** Expects texts of our making only, whatever the spec and the grants said. */
function expectOurs({ Statement }: PolicyDocument, isUnrestricted: boolean): void {
  expect(Statement.slice(-2)).toEqual(DENIALS);
  for (const { Sid, Resource = [], Condition, ...rest } of Statement.slice(0, -2)) {
    for (const arn of Resource) if (!ARN.test(arn)) expect(arn).toMatch(ARN);
    if (!isUnrestricted && Sid !== 'ListBuckets' && Sid !== 'CreateBuckets') {
      for (const arn of Resource) if (/^[^/]*\*/.test(arn)) expect(arn).toBe("one bucket's");
    }
    for (const pattern of Condition?.['ForAllValues:StringLike']?.['s3:prefix'] ?? [])
      if (!/^[A-Za-z0-9!_.'()/=+@-]+\/\*$/.test(pattern)) expect(pattern).toBe('a pattern of ours');
    expect(Object.keys(rest)).toEqual(['Effect', 'Action']);
  }
}

describe(`${numRuns} adversarial specs (SECURITY_SEED=${seed})`, () => {
  test(
    'never get a policy that reaches beyond what was asked for and is granted',
    () => {
      let documents = 0;
      let refusedSpecs = 0;
      let allowed = 0;
      let refused = 0;
      fc.assert(
        fc.property(hostileAccess, hostileGrants, fc.nat(), (spec, grants, start) => {
          const access = requestedAccess(spec as AccessKeySpec);
          const verdict =
            typeof access === 'string'
              ? undefined
              : evaluateGrants({ title: 'the store', grants, namespace: TENANT }, access);
          if (!verdict?.granted) {
            refusedSpecs += 1;
            return;
          }
          documents += 1;
          const mark = encodeMark({
            clusterUid: CLUSTER.uid,
            accessKeyUid: UID,
            flags: new Set<never>(),
            label: 'x',
          });
          const input = {
            mark,
            access: verdict.access,
            mayList: true,
            mayCreate: verdict.mayCreate,
            noWiping: [],
          };
          const document = policyDocument(input, MINIO_ACTIONS);
          expectOurs(document, verdict.access.kind === 'unrestricted');
          const asked = askedAtMost(spec, grants);
          if (!asked) expect('a policy').toBe('refused');
          for (const probe of probesOf(spec, PROBES, randomOf(start))) {
            const may = isAllowed(document as unknown as Record<string, unknown>, probe);
            if (may !== asked?.(probe)) expect({ ...probe, may }).toEqual({ ...probe, may: asked?.(probe) });
            if (may) allowed += 1;
            else refused += 1;
          }
        }),
        { numRuns, seed },
      );
      // All of it happens often enough to mean something.
      expect(Math.min(documents, refusedSpecs)).toBeGreaterThan(numRuns / 20);
      expect(Math.min(allowed, refused)).toBeGreaterThan(numRuns / 2);
    },
    TIMEOUT_MS,
  );

  test(
    "never forge a policy's mark by a label, and a mark stays one line that the store takes",
    () => {
      const label = fc.oneof(
        hostileText,
        fc.constantFrom(
          UID,
          CLUSTER.uid,
          `v1 ${CLUSTER.uid} ${UID} retained x`,
          ' - ',
          ' disabled,retained ',
        ),
        fc.string({ unit: 'binary', maxLength: 300 }),
      );
      const uid = fc.constantFrom(UID, CLUSTER.uid);
      const flags = fc.subarray(['disabled', 'retained', 'imported'] as const);
      fc.assert(
        fc.property(
          fc.array(label, { maxLength: 3 }),
          uid,
          uid,
          flags,
          (texts, clusterUid, accessKeyUid, some) => {
            const mark = { clusterUid, accessKeyUid, flags: new Set(some), label: texts.join(' ') };
            const decoded = decodeMark(encodeMark(mark));
            if (decoded?.clusterUid !== clusterUid || decoded.accessKeyUid !== accessKeyUid)
              expect(decoded).toMatchObject({ clusterUid, accessKeyUid });
            expect([...(decoded?.flags ?? [])].sort()).toEqual([...some].sort());
            // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
            expect(encodeMark(mark)).not.toMatch(/[\u0000-\u001f\u007f]/);
          },
        ),
        { numRuns: numTexts, seed },
      );
    },
    TIMEOUT_MS,
  );

  test(
    "never give two AccessKeys one policy's name, nor two clusters",
    () => {
      const part = fc.string({ unit: fc.constantFrom('a', '.', '1'), minLength: 1, maxLength: 3 });
      const owners = new Map<string, string>();
      fc.assert(
        fc.property(part, part, part, (cluster, namespace, name) => {
          const policy = policyName({ name: cluster, uid: CLUSTER.uid }, namespace, name);
          const owner = JSON.stringify([cluster, namespace, name]);
          const other = owners.get(policy) ?? owner;
          if (other !== owner) expect(owner).toBe(other);
          owners.set(policy, owner);
        }),
        { numRuns: numTexts, seed },
      );
      // Names whose readable part is the same are among them.
      const readable = new Set([...owners.keys()].map((policy) => policy.slice(0, -26)));
      expect(readable.size).toBeLessThan(owners.size);
    },
    TIMEOUT_MS,
  );
});
