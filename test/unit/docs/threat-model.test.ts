/** Each line of the threat model in docs/security.md names the test that holds it, or says that nothing does. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** The lines of the model's tables, each as its cells. */
function lines(): string[][] {
  const text = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8');
  const [, model = ''] = /^## Threat model\n(.*?)^## /ms.exec(text) ?? [];
  return model
    .split('\n')
    .filter((line) => /^\| (?!Who can|---)/.test(line))
    .map((line) => line.slice(2, -2).split(' | '));
}

test('the model has lines of four cells', () => {
  expect(lines().length).toBeGreaterThan(25);
  for (const line of lines()) expect(line).toHaveLength(4);
});

test.each(lines())('%s: %s', (_right, gets, _vain, tests = '') => {
  const named = [...tests.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path = '']) => path);
  // What nothing holds is said in bold.
  if (named.length === 0) expect([tests, gets]).toEqual(['nothing holds it', expect.stringContaining('**')]);
  for (const path of named) {
    expect(path).toMatch(/^test\/.*\.test\.ts$/);
    expect(existsSync(join(ROOT, path)), path).toBe(true);
  }
});
