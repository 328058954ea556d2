import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { generatedFiles } from '../../../scripts/generate.ts';
import { isBucketName, isPrefix } from '../../../src/api/bucket-name.ts';
import { parseDurationMs } from '../../../src/api/duration.ts';
import { parseGrantPattern } from '../../../src/api/grant-pattern.ts';
import type { CustomResourceDefinition } from '../../../src/api/schema/crd.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** The part of an OpenAPI schema that is looked into here. */
interface Schema {
  type: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema;
  enum?: unknown[];
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  maxProperties?: number;
  'x-kubernetes-validations'?: { rule: string; message?: string }[];
}

const files = generatedFiles();
const schemas = files.map(({ path, text }) => {
  const crd = parse(text) as CustomResourceDefinition;
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema;
  if (schema === undefined) throw new Error(`${path} has no version`);
  return schema as Schema;
});

test('crds/ is what src/api stands for: if not, `npm run generate`', () => {
  const committed = readdirSync(join(ROOT, 'crds')).filter((name) => name.endsWith('.yaml'));
  expect(committed.map((name) => `crds/${name}`).sort()).toEqual(files.map(({ path }) => path).sort());
  for (const { path, text } of files) expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
});

test('kubectl get has the columns that people look for', () => {
  const columns = files.map(({ text }) =>
    (parse(text) as CustomResourceDefinition).spec.versions[0]?.additionalPrinterColumns
      .map(({ name, priority }) => name.toUpperCase() + (priority ? ' (wide)' : ''))
      .join(' '),
  );
  expect(columns).toEqual([
    'LABEL ACCESS KEY-ID SECRET READY REASON AGE STORE (wide) EXPIRES (wide) NEXT-ROTATION (wide)',
    'ENDPOINT READY REASON KEYS AGE ORPHANED (wide) VERSION (wide) ADDRESSING (wide)',
    'ENDPOINT READY REASON KEYS AGE ORPHANED (wide) VERSION (wide) ADDRESSING (wide)',
  ]);
});

describe('each field', () => {
  const fields = schemas.flatMap((schema) =>
    ['spec', 'status'].flatMap((name) => walk(at(schema, name), name)),
  );
  const ofSpec = fields.filter(({ path }) => path.startsWith('spec'));

  test('has a description in sentences', () => {
    const isItem = (path: string) => path.endsWith('[]') || path.endsWith('{}');
    const silent = fields.filter(
      ({ path, schema }) => !isItem(path) && !/^[A-Z].*\.$/.test(schema.description ?? ''),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test('of a spec has a limit, so that the rules stay within their cost', () => {
    const limited = ({ schema }: Field) =>
      schema.type === 'string'
        ? (schema.enum ?? schema.maxLength) !== undefined
        : schema.type === 'array'
          ? schema.maxItems !== undefined
          : schema.additionalProperties === undefined || schema.maxProperties !== undefined;
    expect(ofSpec.length).toBeGreaterThan(20);
    expect(ofSpec.filter((field) => !limited(field)).map(({ path }) => path)).toEqual([]);
  });

  test('that has rules has a sentence with a remedy for each', () => {
    const rules = schemas
      .flatMap((schema) => walk(schema, ''))
      .flatMap(({ schema }) => schema['x-kubernetes-validations'] ?? []);
    expect(rules.length).toBeGreaterThan(20);
    for (const { message } of rules) {
      expect(message).toMatch(/: (add|write|set|choose|create|increase|paste|put|remove|repeat|use)\b/);
      expect(message).not.toContain('\n');
    }
  });
});

describe('the CRDs and the operator agree on', () => {
  const [accessKey, store] = schemas.map((schema) => at(schema, 'spec')) as [Schema, Schema];
  const entry = item(at(accessKey, 'bucketAccess'));

  test.each([
    ["a bucket's name", at(entry, 'bucketName'), isBucketName, 'ab1.-A*/'],
    ['a prefix', item(at(entry, 'prefixes')), isPrefix, "ab1./-'*"],
    [
      "a grant's pattern",
      item(at(item(at(store, 'grants')), 'buckets')),
      (pattern: string) => parseGrantPattern(pattern, 'a') !== undefined,
      'ab.-*?',
    ],
    [
      'a duration',
      at(store, 'resyncInterval'),
      (text: string) => {
        const ms = parseDurationMs(text);
        return ms !== undefined && ms >= 60_000 && ms <= 86_400_000;
      },
      '0167hms.',
    ],
  ] as const)('%s', (_what, schema, accepts, alphabet) => {
    const verdicts = { true: 0, false: 0 };
    const words = ['{namespace}', 'minio', '10.0.0.1', '../', '24h', ...alphabet];
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...words), maxLength: 10 }), (value) => {
        verdicts[`${accepts(value)}`]++;
        expect(schemaAccepts(schema, value)).toBe(accepts(value));
      }),
      {
        numRuns: 5_000,
        examples: ['', 'minio', '10.0.0.1', 'a', 'a'.repeat(63), 'a'.repeat(64)].map((s) => [s]),
      },
    );
    // Both verdicts were really compared.
    expect(Math.min(verdicts.true, verdicts.false)).toBeGreaterThan(50);
  });
});

interface Field {
  path: string;
  schema: Schema;
}

function walk(schema: Schema, path: string): Field[] {
  return [
    { path, schema },
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
      walk(child, path ? `${path}.${name}` : name),
    ),
    ...(schema.items ? walk(schema.items, `${path}[]`) : []),
    ...(schema.additionalProperties ? walk(schema.additionalProperties, `${path}{}`) : []),
  ];
}

function at(schema: Schema, name: string): Schema {
  const found = schema.properties?.[name];
  if (found === undefined) throw new Error(`the schema has no field ${name}`);
  return found;
}

function item(schema: Schema): Schema {
  if (schema.items === undefined) throw new Error('the schema is not a list');
  return schema.items;
}

/**
 * True if the API server accepts a string, for the forms of rules that strings have here. Throws at any other form. The
 * server's own verdict on such values is in test/integration/admission/admission.test.ts.
 */
function schemaAccepts(schema: Schema, value: string): boolean {
  if (value.length < (schema.minLength ?? 0) || value.length > (schema.maxLength ?? Infinity)) return false;
  return (schema['x-kubernetes-validations'] ?? [])
    .flatMap(({ rule }) => rule.split(' && '))
    .every((clause) => {
      const [, not, expression] = /^(!?)self\.matches\(r"([^"]*)"\)$/.exec(clause) ?? [];
      if (expression !== undefined) return new RegExp(expression, 'u').test(value) === (not === '');
      const [, other] = /^self != '([^']*)'$/.exec(clause) ?? [];
      if (other !== undefined) return value !== other;
      const [, order, bound] = /^duration\(self\) ([<>])= duration\('([^']*)'\)$/.exec(clause) ?? [];
      if (bound === undefined) throw new Error(`a form of rule that this test does not know: ${clause}`);
      const [ms, boundMs] = [parseDurationMs(value) ?? Number.NaN, parseDurationMs(bound) ?? Number.NaN];
      return order === '<' ? ms <= boundMs : ms >= boundMs;
    });
}
