/** Every rule of the CRDs is one that the plugin can run: none is left to the API server unseen. */
import { expect, test } from 'vitest';
import { customResourceDefinitions } from '../../../../src/api/schema/crd.ts';
import { ruleVerdict } from '../../../../src/cli/offline/cel.ts';

function rulesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { 'x-kubernetes-validations': own = [] } = node as {
    'x-kubernetes-validations'?: { rule: string }[];
  };
  return [...own.map(({ rule }) => rule), ...Object.values(node).flatMap(rulesIn)];
}

/** A value of each shape that a rule is about. */
const VALUES: readonly unknown[] = [
  'text',
  'https://minio.storage.svc:9000',
  '12h',
  {},
  { metadata: { name: 'a' }, spec: {} },
  { names: ['a'] },
  { interval: '2h', gracePeriod: '1h' },
  { endpoint: 'https://a', allowInsecure: false },
  { 'example.com/team': 'a' },
];

test.each([...new Set(customResourceDefinitions().flatMap(rulesIn))])(
  'the rule can be judged without a cluster: %s',
  (rule) => {
    const verdicts = VALUES.map((value) => ruleVerdict(rule, value));
    expect(verdicts.some((verdict) => verdict !== 'unknown')).toBe(true);
  },
);

test('a rule that cannot be run is not taken to hold', () => {
  expect(ruleVerdict('self.noSuchFunction()', 'text')).toBe('unknown');
});
