/** The rule on the name of an AccessKey, in a form that earlier versions of Kubernetes take. */
import { evaluate } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRefusedSecretName, REFUSED_SECRET_NAMES } from '../../../src/api/refused-in-secrets.ts';
import { accessKeyRules } from '../../../src/api/schema/accesskey.ts';
import { celIsAnyOf } from '../../../src/api/schema/schema.ts';

const EXPRESSION = celIsAnyOf('name', REFUSED_SECRET_NAMES);

test('the rule refuses the same names as the operator', () => {
  const pieces = REFUSED_SECRET_NAMES.flatMap((name) => [name.replace('*', ''), name.replace('*', 'x')]);
  const name = fc
    .array(fc.constantFrom(...pieces, 'a', '.', '-', 'photos'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join(''));
  const verdicts = new Set<boolean>();
  fc.assert(
    fc.property(name, (text) => {
      const refused = isRefusedSecretName(text);
      verdicts.add(refused);
      expect(evaluate(EXPRESSION, { name: text })).toBe(refused);
    }),
    { numRuns: 1_000 },
  );
  expect(verdicts.size).toBe(2);
});

test('no rule matches an object’s name by a regular expression, which Kubernetes 1.34 finds too costly', () => {
  expect(JSON.stringify(accessKeyRules)).toContain('metadata.name');
  expect(JSON.stringify(accessKeyRules)).not.toContain('metadata.name.matches');
});
