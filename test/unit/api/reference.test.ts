import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderReference } from '../../../scripts/docs/reference.ts';
import { fieldsOf } from '../../../scripts/docs/reference-fields.ts';
import { REASONS } from '../../../src/api/reasons.ts';
import { customResourceDefinitions } from '../../../src/api/schema/crd.ts';
import type { StructuralSchema } from '../../../src/api/schema/structural-schema.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const page = renderReference();
const schemas = customResourceDefinitions().map(({ spec: { names, versions } }) => ({
  kind: names.kind,
  schema: versions[0]?.schema.openAPIV3Schema ?? {},
}));

test('docs/reference.md is what the sources stand for: if not, `npm run generate`', () => {
  expect(readFileSync(join(ROOT, 'docs/reference.md'), 'utf8')).toBe(page);
});

describe.each(schemas)('$kind', ({ kind, schema }) => {
  const [, section = ''] = page.split(`\n## ${kind}\n`);

  test('has a row for every property of spec and status', () => {
    const rows = new Set([...section.matchAll(/^\| `([^`]+)`/gm)].map(([, path]) => path));
    const { properties = {} } = schema;
    const paths = ['spec', 'status'].flatMap((name) => propertyPaths(properties[name] ?? {}, name));
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !rows.has(path))).toEqual([]);
  });

  test('has a description in every row of a property', () => {
    const named = fieldsOf(schema, '').filter(({ path }) => /^(spec|status)\b.*\w$/.test(path));
    expect(named.filter(({ description }) => description === '').map(({ path }) => path)).toEqual([]);
  });
});

test('says why each value is refused', () => {
  const plain = page.replaceAll(/\\([\\`*_<>|[\]])/g, '$1');
  const messages = [...JSON.stringify(schemas).matchAll(/"message":("(?:[^"\\]|\\.)*")/g)].map(
    ([, text = '']): string => JSON.parse(text),
  );
  expect(messages.length).toBeGreaterThan(10);
  expect(messages.filter((message) => !plain.includes(message))).toEqual([]);
});

test('every reason has a sentence that means something and one that says what to do', () => {
  for (const [reason, { means, remedy }] of Object.entries(REASONS)) {
    expect(page).toContain(`| \`${reason}\` |`);
    for (const sentence of [means, remedy]) {
      expect(sentence).toMatch(/^[A-Z].*\.$/);
      expect(page).toContain(sentence);
    }
  }
});

test('docs/concepts.md says of every reason who acts', () => {
  const concepts = readFileSync(join(ROOT, 'docs/concepts.md'), 'utf8');
  const [, table = ''] = /^\| Reasons \| Who acts \|\n(.*?)\n\n/ms.exec(concepts) ?? [];
  const named = [...table.matchAll(/`([A-Z]\w+)`/g)].map(([, reason]) => reason);
  expect(named.sort()).toEqual(
    Object.keys(REASONS)
      .filter((reason) => reason !== 'Issued')
      .sort(),
  );
});

test('rows are rows: no cell breaks its table', () => {
  const cells = (row: string) => row.replaceAll('\\|', '').split('|').length;
  const tables = page.split('\n\n').filter((block) => block.startsWith('| '));
  expect(tables.length).toBeGreaterThan(4);
  for (const table of tables) expect(new Set(table.trim().split('\n').map(cells)).size).toBe(1);
});

test('limits, defaults and rules of a field come as words', () => {
  const schema: StructuralSchema = {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 1, enum: ['a', 'b'] },
      list: {
        type: 'array',
        maxItems: 5,
        default: [],
        items: { type: 'string', minLength: 2 },
        'x-kubernetes-list-type': 'set',
      },
      map: {
        type: 'object',
        additionalProperties: { type: 'string' },
        maxProperties: 2,
        'x-kubernetes-validations': [{ rule: 'false', message: 'no', fieldPath: '.inside' }],
      },
      count: { type: 'integer', minimum: 0 },
    },
  };
  const fields = fieldsOf(schema, 'spec');
  expect(fields.map(({ path, required, type, constraints }) => [path, required, type, constraints])).toEqual([
    ['spec', false, 'object', []],
    ['spec.name', true, 'string', ['one of `a`, `b`', '1 character']],
    ['spec.list', false, 'list of strings', ['at most 5 elements', 'no element twice']],
    ['spec.list[]', false, 'string', ['at least 2 characters']],
    ['spec.map', false, 'map of strings', ['at most 2 entries']],
    ['spec.count', false, 'integer', ['at least 0']],
  ]);
  expect(fields.find(({ path }) => path === 'spec.list')?.default).toBe('[]');
  expect(fields.flatMap(({ refusals }) => refusals)).toEqual([{ path: 'spec.map.inside', message: 'no' }]);
});

function propertyPaths(
  { properties = {}, items, additionalProperties: values }: StructuralSchema,
  path: string,
): string[] {
  return [
    ...Object.entries(properties).flatMap(([name, property]) => [
      `${path}.${name}`,
      ...propertyPaths(property, `${path}.${name}`),
    ]),
    ...(items ? propertyPaths(items, `${path}[]`) : []),
    ...(typeof values === 'object' ? propertyPaths(values, `${path}.*`) : []),
  ];
}
