import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { findingLine, sarif } from '../../../../src/cli/offline/findings.ts';
import { parseManifests } from '../../../../src/cli/offline/manifests.ts';
import { review } from '../../../../src/cli/offline/review.ts';

const apiVersion = 'accesskeys.dev/v1alpha1';
const key = (spec: object, name = 'photos') => ({
  apiVersion,
  kind: 'AccessKey',
  metadata: { name, namespace: 'shop' },
  spec,
});
const store = (grants: readonly object[], more: object = {}) => ({
  apiVersion,
  kind: 'ClusterObjectStore',
  metadata: { name: 'default' },
  spec: {
    endpoint: 'https://minio.storage.svc:9000',
    credentialsRef: { namespace: 'storage', name: 'minio-admin' },
    grants,
    ...more,
  },
});
const ALL = [{ namespaces: { all: true }, buckets: ['*'] }];
const photos = { bucketName: 'photos', permissions: 'read_write' };

function reviewed(objects: readonly object[], stores: readonly object[] = [store(ALL)]) {
  const text = (some: readonly object[]) => some.map((one) => stringify(one)).join('---\n');
  const { manifests, unreadable } = parseManifests('keys.yaml', text(objects));
  const known = parseManifests('stores.yaml', text(stores)).manifests;
  return review({ manifests, stores: known, unreadable, namespace: 'default' });
}

test('a manifest that is right has no finding', () => {
  expect(reviewed([key({ limited: true, bucketAccess: [photos] })])).toEqual([]);
});

test('a finding says file, line, object, field, cause and remedy', () => {
  const [finding] = reviewed([
    key({ limited: true, bucketAccess: [photos, { bucketName: 'logs', permissions: 'rw' }] }),
  ]);
  expect(finding && findingLine(finding)).toBe(
    'keys.yaml:12:20: error: AccessKey shop/photos spec.bucketAccess[1].permissions: "rw" is not allowed: ' +
      'write one of none, read_only, read_write [schema]',
  );
});

test.each([
  ['a field that there is not', { limitd: true }, 'schema', 'spec.limitd', 'there is no such field'],
  ['a wrong type', { limited: 'true' }, 'schema', 'spec.limited', 'is not of type boolean'],
  [
    'a broken rule',
    { limited: false, bucketAccess: [photos] },
    'rule',
    'spec.limited',
    'limited: false gives full access',
  ],
  [
    'an IP address for a bucket',
    { limited: true, bucketAccess: [{ ...photos, bucketName: '10.0.0.1' }] },
    'rule',
    'spec.bucketAccess[0].bucketName',
    'must not look like an IP address',
  ],
  [
    'a bucket twice',
    { limited: true, bucketAccess: [photos, photos] },
    'schema',
    'spec.bucketAccess[1]',
    'twice',
  ],
  [
    'a control character in a label',
    { limited: true, label: 'a\tb' },
    'rule',
    'spec.label',
    'label must be one line',
  ],
  [
    'a time that is none',
    { limited: true, expiresAt: 'soon' },
    'rule',
    'spec.expiresAt',
    'expiresAt must be an RFC 3339 date and time',
  ],
  [
    'a zone of 24 hours',
    { limited: true, expiresAt: '2099-01-01T00:00:00+24:00' },
    'rule',
    'spec.expiresAt',
    'expiresAt must be an RFC 3339 date and time',
  ],
] as const)('the review finds %s', (_, spec, rule, field, words) => {
  const findings = reviewed([key(spec)]);
  expect(findings).toEqual([
    expect.objectContaining({ rule, level: 'error', field, message: expect.stringContaining(words) }),
  ]);
});

describe('grants', () => {
  const asks = [key({ limited: true, bucketAccess: [photos] })];

  test("that do not cover the request are an error in the operator's words", () => {
    const grants = [{ namespaces: { names: ['shop'] }, buckets: ['shop-*'] }];
    const [finding] = reviewed(asks, [store(grants)]);
    expect(finding).toMatchObject({
      rule: 'grant',
      level: 'error',
      message:
        'ClusterObjectStore default does not grant namespace shop read_write on bucket photos; it grants read_write on shop-*',
    });
  });

  test('by labels are judged by the Namespace among the files, or else noted', () => {
    const grants = [{ namespaces: { matchLabels: { team: 'shop' } }, buckets: ['*'] }];
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { team: 'shop' } },
    };
    expect(reviewed(asks, [store(grants), namespace])).toEqual([]);
    const findings = reviewed(asks, [store(grants)]);
    expect(findings.map(({ rule, level }) => `${rule} ${level}`)).toEqual(['grant note', 'not-checked note']);
  });

  test('of a store that no file has are noted', () => {
    expect(reviewed(asks, [])).toEqual([expect.objectContaining({ rule: 'not-checked', level: 'note' })]);
  });
});

test('finds a policy that is larger than the store takes', () => {
  const bucketAccess = Array.from({ length: 100 }, (_, n) => ({
    bucketName: `bucket-${n}`,
    permissions: 'read_only',
    prefixes: [`${'x'.repeat(150)}/`],
  }));
  expect(reviewed([key({ limited: true, bucketAccess })])).toEqual([
    expect.objectContaining({
      rule: 'policy-size',
      message: expect.stringContaining('the store accepts at most 20480'),
    }),
  ]);
});

test('finds two keys that write one Secret, and two of one name', () => {
  const findings = reviewed([
    key({ limited: true }),
    key({ limited: true, secretName: 'photos' }, 'other'),
    key({ limited: true }),
  ]);
  expect(findings.map(({ rule, field }) => `${rule} ${field}`)).toEqual([
    'duplicate metadata.name',
    'duplicate spec.secretName',
    'duplicate spec.secretName',
  ]);
});

test('finds a text that is no YAML, and a template of Helm', () => {
  const of = (text: string) => {
    const { manifests, unreadable } = parseManifests('a.yaml', text);
    return review({ manifests, stores: [], unreadable, namespace: 'default' })[0];
  };
  expect(of('a: [')).toMatchObject({ rule: 'yaml', level: 'error' });
  expect(of('{{- range .Values.keys }}\na: b\n')).toMatchObject({ rule: 'yaml', level: 'note' });
});

test('SARIF has a rule and a place for each finding', () => {
  const findings = reviewed([key({ limitd: true })]);
  expect(sarif(findings, '1.2.3')).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'kubectl-accesskey', version: '1.2.3' } },
        results: [
          {
            ruleId: 'schema',
            level: 'error',
            locations: [
              { physicalLocation: { artifactLocation: { uri: 'keys.yaml' }, region: { startLine: 7 } } },
            ],
          },
        ],
      },
    ],
  });
});
