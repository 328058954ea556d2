/**
 * Adversarial specs against the real API server, each tried by a dry run: what it takes goes on to the policy, as the
 * operator would have it. Each run draws another seed, which is in the tests' names; `SECURITY_SEED` repeats one. The
 * pure functions see many more of them in test/unit/provider/documents/security-policy.test.ts.
 */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestedAccess } from '../../../src/accesskey/policy/access.ts';
import { evaluateGrants } from '../../../src/accesskey/policy/grants.ts';
import type { AccessKey } from '../../../src/api/schema/accesskey.ts';
import { decodeMark, encodeMark } from '../../../src/ownership/mark.ts';
import { policyName } from '../../../src/ownership/names.ts';
import { policyDocument } from '../../../src/provider/documents/document.ts';
import type { PolicyDocument } from '../../../src/provider/documents/statement.ts';
import { MINIO_ACTIONS } from '../../../src/provider/minio/actions.ts';
import { CLUSTER, grantOf, UID } from '../../unit/support/accesskey-fixtures.ts';
import { isAllowed } from '../../unit/support/accesskey-iam.ts';
import {
  askedAtMost,
  HOSTILE,
  hostileAccess,
  hostileText,
  probesOf,
  randomOf,
  TENANT,
} from '../../unit/support/security-specs.ts';
import { type Answer, createKey, type Json } from '../support/admission.ts';

const seed = Number(process.env['SECURITY_SEED'] ?? randomInt(2 ** 31));
const SPECS = 600;
const AT_ONCE = 20;
const GRANTS = [grantOf({ unrestricted: true })];

/** Answers, in the order of what was asked for. */
async function inBatches<T>(items: readonly T[], ask: (item: T) => Promise<Answer>): Promise<[T, Answer][]> {
  const answers: [T, Answer][] = [];
  for (let at = 0; at < items.length; at += AT_ONCE) {
    const some = items.slice(at, at + AT_ONCE);
    const answered = await Promise.all(some.map(ask));
    some.forEach((item, i) => {
      const answer = answered[i];
      if (answer) answers.push([item, answer]);
    });
  }
  return answers;
}

/** Kubernetes takes a null for a field that isn't written (its documentation of CRDs, "Defaulting and Nullable"). */
function withoutNull(spec: Spec): Spec {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== null));
}

/** The policy for an object as the API server gave it back. */
function documentOf({ spec, metadata }: Pick<AccessKey, 'spec' | 'metadata'>): PolicyDocument {
  const access = requestedAccess(spec);
  if (typeof access === 'string')
    throw new Error(`the API server takes what the operator refuses: ${access}`);
  const verdict = evaluateGrants({ title: 'the store', grants: GRANTS, namespace: TENANT }, access);
  if (!verdict.granted) throw new Error(verdict.refusal);
  const label = spec.label ?? metadata.name;
  const mark = encodeMark({ clusterUid: CLUSTER.uid, accessKeyUid: UID, flags: new Set<never>(), label });
  const { mayCreate } = verdict;
  return policyDocument(
    { mark, access: verdict.access, mayList: true, mayCreate, noWiping: [] },
    MINIO_ACTIONS,
  );
}

type Spec = Parameters<typeof askedAtMost>[0];

const taken = ({ body }: Answer) => body as unknown as AccessKey;

describe(`SECURITY_SEED=${seed}:`, () => {
  test(`of ${SPECS} adversarial requests those that are taken reach no further than they say`, async () => {
    const drawn = fc.sample(hostileAccess, { numRuns: SPECS, seed });
    const answers = await inBatches(drawn, (spec) => createKey(spec as Json));
    const random = randomOf(seed);
    let accepted = 0;
    let allowed = 0;
    for (const [spec, answer] of answers) {
      if (answer.status !== 200) {
        expect([400, 422]).toContain(answer.status);
        continue;
      }
      accepted += 1;
      const document = documentOf(taken(answer));
      const asked = askedAtMost(withoutNull(spec), GRANTS);
      for (const probe of probesOf(spec, 50, random)) {
        const may = isAllowed(document as unknown as Record<string, unknown>, probe);
        expect({ ...probe, may }).toEqual({ ...probe, may: asked?.(probe) });
        if (may) allowed += 1;
      }
    }
    expect(accepted).toBeGreaterThan(SPECS / 20);
    expect(SPECS - accepted).toBeGreaterThan(SPECS / 20);
    expect(allowed).toBeGreaterThan(accepted);
  });

  /** A spec that is taken, with that text in one of its fields. */
  const FIELDS: Readonly<Record<string, (text: string) => Json>> = {
    'spec.label': (label) => ({ label }),
    'spec.storeRef.name': (name) => ({ storeRef: { name } }),
    'spec.storeRef.kind': (kind) => ({ storeRef: { kind } }),
    'spec.secretName': (secretName) => ({ secretName }),
    'spec.importFrom.secretName': (secretName) => ({ importFrom: { secretName } }),
    'spec.deletionPolicy': (deletionPolicy) => ({ deletionPolicy }),
    'spec.rotation.gracePeriod': (gracePeriod) => ({ rotation: { gracePeriod } }),
    'spec.expiresAt': (expiresAt) => ({ expiresAt }),
    'a label of the template': (text) => ({ secretTemplate: { labels: { text } } }),
    "a label's name": (text) => ({ secretTemplate: { labels: { [text]: 'x' } } }),
    'an annotation of the template': (text) => ({ secretTemplate: { annotations: { text } } }),
    "an annotation's name": (text) => ({ secretTemplate: { annotations: { [text]: 'x' } } }),
    'a key of the template': (text) => ({ secretTemplate: { data: { [text]: 'x' } } }),
    'a template': (text) => ({ secretTemplate: { data: { TEXT: text } } }),
    'a format': (text) => ({ secretTemplate: { formats: [text] } }),
  };
  /** Fields in which any line of text means itself. */
  const FREE = ['spec.label', 'an annotation of the template', 'a template'];
  const base = { limited: true, bucketAccess: [{ bucketName: 'photos', permissions: 'read_only' }] };
  const texts = [...new Set([...HOSTILE, ...fc.sample(hostileText, { numRuns: 20, seed })])];

  test.each(Object.entries(FIELDS))('%s changes nothing of what a key may do', async (field, fieldsOf) => {
    const { Statement } = documentOf(taken(await createKey(base)));
    const answers = await inBatches(texts, (text) => createKey({ ...base, ...fieldsOf(text) }));
    for (const [, answer] of answers) {
      if (answer.status !== 200) {
        expect([400, 422]).toContain(answer.status);
        continue;
      }
      const document = documentOf(taken(answer));
      expect(document.Statement).toEqual(Statement);
      const mark = { clusterUid: CLUSTER.uid, accessKeyUid: UID, flags: new Set() };
      expect(decodeMark(document.ID)).toMatchObject(mark);
    }
    const isFree = FREE.includes(field);
    expect(answers.some(([, { status }]) => (status === 200) === isFree)).toBe(true);
  });

  test("an AccessKey's name is none that could be more than one part of its policy's", async () => {
    const answers = await inBatches([...texts, 'a.b', 'photos', 'x'.repeat(64)], (name) =>
      createKey(base, name),
    );
    const names = answers.filter(([, { status }]) => status === 200).map(([name]) => name);
    expect(names).toEqual(expect.arrayContaining(['a.b', 'photos']));
    for (const name of names) {
      expect(name).toMatch(/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/);
      const policy = policyName(CLUSTER, TENANT.name, name);
      expect(policy).toMatch(/^accesskeys\.prod\.shop\.[a-z0-9.-]+\.[a-z2-7]{26}$/);
    }
  });
});
