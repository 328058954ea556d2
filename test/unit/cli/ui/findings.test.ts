import { expect, test } from 'vitest';
import { findingsOf } from '../../../../src/cli/ui/findings.ts';

const refusal = (cause: string, ...fields: string[]) => ({
  exitCode: 5 as const,
  cause,
  remedy: undefined,
  fields,
});

test('puts a sentence at its field, without the value', () => {
  expect(
    findingsOf(
      refusal(
        'the API server refuses: AccessKey.accesskeys.dev "x" is invalid: spec.bucketAccess[0].prefixes[0]: Invalid value: "a": a prefix ends in /',
        'spec.bucketAccess[0].prefixes[0]',
      ),
    ),
  ).toEqual([{ field: 'spec.bucketAccess[0].prefixes[0]', sentence: 'a prefix ends in /' }]);
});

test('divides several', () => {
  const cause =
    'the API server refuses: AccessKey.accesskeys.dev "x" is invalid: [spec.label: Invalid value: "a\\"b": a label is one line: write it so, spec.rotation.interval: Invalid value: "30m": interval is 1h to 8760h, metadata.name: Required value: name or generateName is required]';
  expect(findingsOf(refusal(cause, 'metadata.name', 'spec.label', 'spec.rotation.interval'))).toEqual([
    { field: 'spec.label', sentence: 'a label is one line: write it so' },
    { field: 'spec.rotation.interval', sentence: 'interval is 1h to 8760h' },
    { field: 'metadata.name', sentence: 'name or generateName is required' },
  ]);
});

test("takes the sentence of the grants' admission policy to the table of buckets", () => {
  const cause = `the API server refuses: accesskeys.accesskeys.dev "x" is forbidden: ValidatingAdmissionPolicy 'grants.accesskeys.dev' with binding 'grants.accesskeys.dev' denied request: ClusterObjectStore s does not grant namespace n read_only on bucket b; it grants no bucket: ask`;
  expect(findingsOf(refusal(cause))).toEqual([
    {
      field: 'spec.bucketAccess',
      sentence:
        'ClusterObjectStore s does not grant namespace n read_only on bucket b; it grants no bucket: ask',
    },
  ]);
});

test('keeps what names no field whole', () => {
  expect(findingsOf({ ...refusal('you may not create accesskeys'), remedy: 'ask' })).toEqual([
    { field: '', sentence: 'you may not create accesskeys; ask' },
  ]);
});
