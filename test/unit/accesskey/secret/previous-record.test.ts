import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { namedIds, statusIds } from '../../../../src/accesskey/secret/candidate-ids.ts';
import { type SecretFacts, secretFacts } from '../../../../src/accesskey/secret/facts.ts';
import {
  isRecordEdited,
  MAX_PREVIOUS_KEYS,
  type PreviousKey,
  previousKeysOf,
  recordText,
} from '../../../../src/accesskey/secret/previous-record.ts';
import { ANNOTATION_PREVIOUS_KEYS } from '../../../../src/api/names.ts';
import { newAccessKeyId, policyName } from '../../../../src/ownership/names.ts';
import { CLUSTER, NAME, NAMESPACE } from '../../support/accesskey-fixtures.ts';
import { cpuMs } from '../../support/cpu-time.ts';

const POLICY = policyName(CLUSTER, NAMESPACE, NAME);
const OTHER_POLICY = policyName(CLUSTER, NAMESPACE, 'another');
const DAY = 24 * 3_600_000;

function idOf(policy: string, n: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(n);
  return newAccessKeyId(policy, () => bytes);
}

/** Ends `n` days after the first of December. */
function keyOf(accessKeyId: string, n = 0): PreviousKey {
  return { accessKeyId, revokeAt: new Date(Date.parse('2026-12-01T00:00:00Z') + n * DAY).toISOString() };
}

function secretOf(text: string, accessKeyId?: string): SecretFacts {
  return secretFacts({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: NAME,
      namespace: NAMESPACE,
      uid: 's',
      resourceVersion: '1',
      creationTimestamp: '2026-11-01T00:00:00Z',
      annotations: { [ANNOTATION_PREVIOUS_KEYS]: text },
    },
    data: accessKeyId ? { AWS_ACCESS_KEY_ID: Buffer.from(accessKeyId).toString('base64') } : {},
  } as Parameters<typeof secretFacts>[0]);
}

describe('a record', () => {
  const previous = (text: string) => previousKeysOf(secretOf(text));

  test.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['null', 'null'],
    ['an object', '{"accessKeyId":"a","revokeAt":"2026-01-01T00:00:00Z"}'],
    ['a list of anything', '[null,1,"x",[],{}]'],
    ['no id', '[{"revokeAt":"2026-01-01T00:00:00Z"}]'],
    ['an id that is no text', '[{"accessKeyId":1,"revokeAt":"2026-01-01T00:00:00Z"}]'],
    ['no time', '[{"accessKeyId":"a"}]'],
    ['a time that is none', '[{"accessKeyId":"a","revokeAt":"tomorrow"}]'],
    ['a time that is a number', '[{"accessKeyId":"a","revokeAt":1}]'],
    ['a year of six digits', '[{"accessKeyId":"a","revokeAt":"+010000-01-01T00:00:00Z"}]'],
    ['4,500 ids', recordText(Array.from({ length: 4_500 }, (_, n) => keyOf(idOf(POLICY, n))))],
    ['deep', '['.repeat(200_000)],
  ])('counts for nothing if it is %s, and is taken for edited', (_what, text) => {
    expect(previous(text)).toEqual([]);
    expect(isRecordEdited(secretOf(text))).toBe(true);
  });

  test('gets into a status in the one form that the API server takes', () => {
    const text = JSON.stringify([
      { accessKeyId: 'a', revokeAt: '2026-12-01', more: 'x' },
      { revokeAt: '2026-12-02T01:00:00+01:00', accessKeyId: 'b' },
      { accessKeyId: 'a', revokeAt: '2026-12-03T00:00:00Z' },
    ]);
    // In this order of the fields too: the cached state compares texts.
    expect(recordText(previous(text))).toBe(
      '[{"accessKeyId":"a","revokeAt":"2026-12-01T00:00:00.000Z"},{"accessKeyId":"b","revokeAt":"2026-12-02T00:00:00.000Z"}]',
    );
    expect(isRecordEdited(secretOf(text))).toBe(true);
  });

  test('never throws, and is never taken for the operator’s own unless it reads back as it was written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(isRecordEdited(secretOf(text))).toBe(text !== recordText(previous(text)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is read back as the publication wrote it, with the longest ids', () => {
    const keys = Array.from({ length: MAX_PREVIOUS_KEYS }, (_, n) => keyOf(`${n}`.repeat(128), -n));
    expect(previous(recordText(keys))).toEqual(keys);
    expect(isRecordEdited(secretOf(recordText(keys)))).toBe(false);
    expect(isRecordEdited(secretOf('[]'))).toBe(false);
  });

  test('of more keys than the operator leaves is taken for edited', () => {
    const keys = Array.from({ length: MAX_PREVIOUS_KEYS + 1 }, (_, n) => keyOf(idOf(POLICY, n)));
    expect(isRecordEdited(secretOf(recordText(keys)))).toBe(true);
  });

  test('of 7,000 tiny entries takes no longer to compare than one of three keys', () => {
    const tiny = `[${Array.from({ length: 7_000 }, (_, n) => `{"accessKeyId":"${n}","revokeAt":"2"}`).join()}]`;
    const lookAt = (facts: SecretFacts) =>
      cpuMs(() => {
        for (let n = 0; n < 200; n += 1) {
          previousKeysOf(facts);
          isRecordEdited(facts);
        }
      });
    const three = lookAt(secretOf(recordText([keyOf('abc'), keyOf('abd'), keyOf('abe')])));
    expect(lookAt(secretOf(tiny))).toBeLessThan(10 * three + 500);
  });
});

describe('the ids that are asked for in the store', () => {
  const status = {
    observedGeneration: 1,
    accessKeyId: idOf(POLICY, 0),
    previousKeys: [keyOf(idOf(POLICY, 1))],
  };

  test('are of the recorded ones those whose tag fits, the latest to end, and no more than may live', () => {
    const invented = Array.from({ length: 8 }, (_, n) => keyOf(idOf(POLICY, 10 + n), n));
    const facts = secretOf(recordText([...invented]), status.accessKeyId);
    expect(namedIds(facts, status, POLICY)).toEqual([
      status.accessKeyId,
      ...[17, 16, 15].map((n) => idOf(POLICY, n)),
    ]);
  });

  test.each([
    ["another AccessKey's", idOf(OTHER_POLICY, 1)],
    ['a secret access key', 'S3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr3tS3cr'],
    ['root', 'minioadmin'],
  ])('are never %s', (_what, id) => {
    expect(namedIds(secretOf(recordText([keyOf(id)])), status, POLICY)).toEqual([]);
  });

  test('name those of the status whatever the record says: nobody pushes one out', () => {
    const facts = secretOf(recordText([10, 11, 12].map((n) => keyOf(idOf(POLICY, n), n))), idOf(POLICY, 0));
    expect(statusIds(status)).toEqual([idOf(POLICY, 0), idOf(POLICY, 1)]);
    expect(namedIds(facts, status, POLICY)).not.toContain(idOf(POLICY, 1));
  });

  test('are ten of a status at most, beside the current one', () => {
    const previousKeys = Array.from({ length: 5_000 }, (_, n) => keyOf(idOf(POLICY, n)));
    expect(statusIds({ ...status, previousKeys })).toHaveLength(11);
  });
});
