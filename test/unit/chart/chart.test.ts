/** The chart's files as they stand: generated ones are fresh, values are documented and known to the schema. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { chartValues } from '../../../scripts/chart-values.ts';
import { generatedFiles } from '../../../scripts/generate.ts';
import { chartFiles } from '../../../scripts/generate-chart.ts';
import { withRepository } from '../../../scripts/release-chart.ts';
import { DEFAULT_ALLOW_LIST } from '../../../src/api/allow-list.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const CHART = join(ROOT, 'charts', 'access-key-operator');
const read = (...path: string[]) => readFileSync(join(CHART, ...path), 'utf8');

/** The part of the schema that is looked into here. */
interface Schema {
  type?: string;
  additionalProperties?: boolean | object;
  properties?: Record<string, Schema>;
  items?: Schema;
  $ref?: string;
}

const schema: Schema & { definitions: Record<string, Schema> } = JSON.parse(read('values.schema.json'));
const values = chartValues(CHART);
/** Known to the schema alone: what Helm and charts that depend on this one put beside the values. */
const NOT_OURS = ['enabled', 'global'];

/** The paths of everything that a value could be written as. */
function leaves(node: Schema, path: string): string[] {
  if (node.properties === undefined || path === 'resources') return [path];
  return Object.entries(node.properties).flatMap(([name, child]) =>
    leaves(child, path === '' ? name : `${path}.${name}`),
  );
}

test.each(chartFiles(ROOT, generatedFiles()))(
  '$path is fresh: if not, `npm run generate`',
  ({ path, text }) => {
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
  },
);

describe('values.yaml', () => {
  test.each(values)('$path says what it does', ({ description }) => {
    expect(description).toMatch(/^[A-Z“d].*\.$/s);
  });

  test('has the values that the schema knows, and no other', () => {
    const known = leaves(schema, '').filter((path) => !NOT_OURS.includes(path));
    expect(values.map(({ path }) => path).sort()).toEqual(known.sort());
  });

  test('grants nothing, names no image and holds no credential', () => {
    const byPath = new Map(values.map(({ path, default: value }) => [path, value]));
    expect(byPath.get('defaultStore.grants')).toBe('[]');
    for (const path of ['image.repository', 'defaultStore.credentials.secretAccessKey'])
      expect(byPath.get(path)).toBe('""');
  });
});

describe('a release', () => {
  const text = read('values.yaml');

  test('names its image, and nothing else is changed', () => {
    const released = withRepository(text, 'registry.example.com:5000/owner/access-key-operator');
    expect(parse(released)).toEqual({
      ...parse(text),
      image: { ...parse(text).image, repository: 'registry.example.com:5000/owner/access-key-operator' },
    });
    expect(released).not.toContain('no image is published yet');
  });

  test.each([
    '',
    'access-key-operator',
    'registry.example.com/a:1.0',
    'registry.example.com/a@sha256:00',
    '/a',
  ])('takes no %j for a repository', (repository) => {
    expect(() => withRepository(text, repository)).toThrow('is no repository');
  });

  test('is not made if its place is lost', () => {
    expect(() => withRepository('image: {}', 'registry.example.com/a')).toThrow('no empty image.repository');
  });
});

test('the schema refuses what it doesn’t know, at every level of the chart’s own', () => {
  const open: string[] = [];
  const look = (node: Schema, path: string) => {
    if (node.properties !== undefined && node.additionalProperties !== false) open.push(path);
    for (const [name, child] of Object.entries(node.properties ?? {})) look(child, `${path}.${name}`);
    if (node.items !== undefined) look(node.items, `${path}[]`);
  };
  look(schema, '');
  for (const [name, node] of Object.entries(schema.definitions)) look(node, name);
  expect(open).toEqual([]);
});

test('the schema knows the fields of a grant that the CRD has', () => {
  const crd = parse(read('files', 'crds', 'accesskeys.dev_clusterobjectstores.yaml'));
  const { grants } = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties;
  const known = schema.definitions['grant']?.properties ?? {};
  expect(Object.keys(known).sort()).toEqual(Object.keys(grants.items.properties).sort());
  const { namespaces } = grants.items.properties;
  expect(Object.keys(known['namespaces']?.properties ?? {}).sort()).toEqual(
    Object.keys(namespaces.properties).sort(),
  );
});

const POLICIES = [
  'validatingadmissionpolicy.yaml',
  'validatingadmissionpolicy-secrets.yaml',
  'mutatingadmissionpolicy.yaml',
];

test.each(POLICIES)('every object of %s is one that the template knows to name', (file) => {
  const objects = parseAllDocuments(read('files', file));
  expect(objects.map((document) => Object.keys(document.toJS()).sort())).toEqual(
    objects.map(() => ['apiVersion', 'kind', 'metadata', 'spec']),
  );
});

test('operator, chart and admission policy allow the same in Secrets by default', () => {
  expect(parse(read('values.yaml')).secrets).toEqual(DEFAULT_ALLOW_LIST);
  const [policy] = parseAllDocuments(read('files', 'validatingadmissionpolicy-secrets.yaml'));
  const variables: { name: string; expression: string }[] = policy?.toJS().spec.variables;
  const lists = Object.fromEntries(
    variables
      .filter(({ name }) => Object.hasOwn(DEFAULT_ALLOW_LIST, name))
      .map(({ name, expression }) => [name, JSON.parse(expression.replaceAll("'", '"'))]),
  );
  expect(lists).toEqual(DEFAULT_ALLOW_LIST);
});

test('chart and operator have one version', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
});
