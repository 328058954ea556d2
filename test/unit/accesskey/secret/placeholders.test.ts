import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillIn, isRefusal, type Values } from '../../../../src/accesskey/secret/placeholders.ts';
import { isReservedName } from '../../../../src/api/refused-in-secrets.ts';
import {
  BUCKET_TEMPLATE,
  FORMAT_KEYS,
  isDataKey,
  isQualifiedName,
  TEMPLATE,
  VALUE_NAMES,
} from '../../../../src/api/secret-keys.ts';

const values: Values = {
  accessKeyId: 'AKOEXAMPLE',
  secretAccessKey: 'example',
  endpoint: 'https://s3.example.com:9000',
  scheme: 'https',
  host: 's3.example.com',
  port: '9000',
  region: 'us-east-1',
  bucket: 'photos',
  buckets: 'photos,logs',
  label: 'Photo "uploader" #1 {{ .name }} [a] $& é/?',
  namespace: 'shop',
  name: 'uploader',
};

describe('a template', () => {
  test.each([
    ['', ''],
    ['no placeholder { } }} $1', 'no placeholder { } }} $1'],
    ['{{ .endpoint }}/{{ .bucket }}', 'https://s3.example.com:9000/photos'],
    ['{{.scheme}}://{{  .host  }}:{{ .port}}', 'https://s3.example.com:9000'],
    ['{{ .buckets }} {{ .region }} {{ .namespace }}/{{ .name }}', 'photos,logs us-east-1 shop/uploader'],
    ['{"a":{"bucket":"{{ .bucket }}"}}', '{"a":{"bucket":"photos"}}'],
    ['two\nlines {{ .accessKeyId }}\n', 'two\nlines AKOEXAMPLE\n'],
    ['{{ .label }}', 'Photo "uploader" #1 {{ .name }} [a] $& é/?'],
    ['{{ .label | json }}', '"Photo \\"uploader\\" #1 {{ .name }} [a] $& é/?"'],
    [
      '{{.label|uri}}',
      'Photo%20%22uploader%22%20%231%20%7B%7B%20.name%20%7D%7D%20%5Ba%5D%20%24%26%20%C3%A9%2F%3F',
    ],
    ['ends in {', 'ends in {'],
  ])('%j becomes %j', (template, text) => {
    expect(fillIn(template, values)).toBe(text);
  });

  test.each([
    '{{ .password }}',
    '{{ .Bucket }}',
    '{{ bucket }}',
    '{{ .bucket',
    '{{ .bucket }',
    '{{{ .bucket }}',
    '{{ .bucket | base64 }}',
    '{{ .bucket | json | uri }}',
    '{{ range .buckets }}{{ end }}',
    '{{ .constructor }}',
    '{{\n.bucket }}',
    '{{}}',
    '{{{{',
  ])('%j is refused, with what is wrong in it', (template) => {
    expect(TEMPLATE.test(template)).toBe(false);
    expect(fillIn(`a { }} ${template} b`, values)).toEqual({
      refusal: expect.stringMatching(/^"\{\{.*" does not begin with a placeholder: write/),
    });
  });

  test.each(['bucket', 'buckets'])('that names {{ .%s }} is refused to a key without buckets', (name) => {
    const template = `{{ .${name} }}`;
    const without = { ...values, bucket: undefined, buckets: undefined };
    expect(fillIn(template, without)).toEqual({
      refusal: `${template} has no value, since the key may use no bucket; remove it, or name a bucket`,
    });
    expect(BUCKET_TEMPLATE.test(template)).toBe(true);
    expect(BUCKET_TEMPLATE.test(`{{ .${name} | json }}`)).toBe(true);
  });

  test('names a bucket by its placeholders alone', () => {
    for (const name of VALUE_NAMES) {
      expect(BUCKET_TEMPLATE.test(`bucket {{ .${name} }}`)).toBe(name === 'bucket' || name === 'buckets');
    }
  });

  test.each(['\n', '\r', '\t', '\0', '\u0085', '\u2028'])(
    'takes no value with %j but escaped',
    (character) => {
      const broken = { ...values, secretAccessKey: `a${character}aws_access_key_id = b` };
      expect(fillIn('{{ .secretAccessKey }}', broken)).toEqual({
        refusal:
          'the value of {{ .secretAccessKey }} has a control character; write {{ .secretAccessKey | json }}',
      });
      const text = fillIn('{{ .secretAccessKey | json }}', broken);
      expect(JSON.parse(String(text))).toBe(broken.secretAccessKey);
      expect(decodeURIComponent(String(fillIn('{{ .secretAccessKey | uri }}', broken)))).toBe(
        broken.secretAccessKey,
      );
    },
  );
});

const word = fc.string({
  unit: fc.constantFrom('{{ .name }}', '{{', '}}', '{', '}', '"', "'", '[', '\\', '$&', '%', 'é', 'a'),
});
const anyValues = fc.record(
  Object.fromEntries(VALUE_NAMES.map((name) => [name, word])) as Record<keyof Values, fc.Arbitrary<string>>,
);
const placeholder = fc.constantFrom(...VALUE_NAMES).map((name) => ({ text: `{{ .${name} }}`, name }));
const literal = fc
  .string({ unit: fc.constantFrom('a', '}', '}}', '\n', '"', '$1', ' ') })
  .map((text) => ({ text, name: undefined }));

test('no value is looked at again, and nothing but the values is added', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(placeholder, literal)), anyValues, (parts, of) => {
      const template = parts.map(({ text }) => text).join('');
      const expected = parts.map(({ text, name }) => (name === undefined ? text : of[name])).join('');
      expect(fillIn(template, of)).toBe(expected);
    }),
  );
});

test('a value never adds a line, and escaped it is read back as it was', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, (label) => {
      const of = { ...values, label };
      const plain = fillIn('{{ .label }}', of);
      expect(isRefusal(plain) || plain.split(/[\n\r\u0085\u2028\u2029]/).length === 1).toBe(true);
      const json = String(fillIn('{{ .label | json }}', of));
      expect(json).not.toMatch(/[\n\r]/);
      expect(JSON.parse(json)).toBe(label.toWellFormed());
      const uri = String(fillIn('{{ .label | uri }}', of));
      expect(uri).toMatch(/^[A-Za-z0-9%._~-]*$/);
      expect(decodeURIComponent(uri)).toBe(label.toWellFormed());
    }),
  );
});

test.each<[string, boolean]>([
  ['S3_URL', true],
  ['.s3cfg', true],
  ['a.b-c_D9', true],
  ['a'.repeat(253), true],
  ['a'.repeat(254), false],
  ['', false],
  ['.', false],
  ['..', false],
  ['..data', false],
  ['a/b', false],
  ['a b', false],
  ['a\nb', false],
])('whether a key of a Secret may be %j: %s', (key, may) => {
  expect(isDataKey(key)).toBe(may);
});

test.each<[string, boolean]>([
  ['team', true],
  ['example.com/team', true],
  ['my-accesskeys.dev/team', true],
  ['custom.accesskeys.dev/team', true],
  ['argocd.argoproj.io/sync-options', true],
  ['argocd.argoproj.io/sync-options-x', false],
  ['argocd.argoproj.io/secret-type', false],
  ['meta.helm.sh/release-name', false],
  ['hnc.x-k8s.io/inherited-from', false],
  ['cluster.x-k8s.io/cluster-name', false],
  ['notkubernetes.io/team', true],
  ['accesskeys.dev/access-key', false],
  ['more.accesskeys.dev/x', false],
  ['app.kubernetes.io/managed-by', false],
  ['app.kubernetes.io/instance', false],
  ['kubernetes.io/x', false],
  ['kubectl.kubernetes.io/last-applied-configuration', false],
  ['k8s.io/x', false],
  ['argocd.argoproj.io/instance', false],
  ['replicator.v1.mittwald.de/replicate-to', false],
  ['reflector.v1.k8s.emberstack.com/reflection-allowed', false],
  ['kubed.appscode.com/sync', false],
  ['Example.com/team', false],
  ['a..b/team', false],
  ['a/b/c', false],
  ['-team', false],
  ['a'.repeat(64), false],
  ['', false],
])('whether a label or annotation may be %j: %s', (name, may) => {
  expect(isQualifiedName(name) && !isReservedName(name)).toBe(may);
});

test('what the formats write are keys of a Secret, each of one format', () => {
  const keys = Object.values(FORMAT_KEYS).flat();
  expect(keys.filter((key) => !isDataKey(key))).toEqual([]);
  expect(new Set(keys).size).toBe(keys.length);
});
