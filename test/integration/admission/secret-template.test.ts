/** The rules of spec.secretTemplate, each with the API server's words for what it refuses. */
import { afterAll, describe, expect, test } from 'vitest';
import { FORMAT_KEYS, FORMATS, PAIR_KEYS, VALUE_NAMES } from '../../../src/api/secret-keys.ts';
import {
  accepted,
  createKey,
  type Json,
  makeKey,
  mergePatch,
  photos,
  refused,
  removeKeys,
} from '../support/admission.ts';

afterAll(removeKeys);

const limited = { limited: true, bucketAccess: [photos] };
const templated = (secretTemplate: Json) => createKey({ ...limited, secretTemplate });
const many = (n: number, value: string) =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [`example.com/key-${i}`, value]));

describe('a secretTemplate', () => {
  test.each<[string, Json]>([
    ['nothing in it', {}],
    ['every format', { formats: FORMATS }],
    [
      'labels and annotations',
      { labels: { team: 'shop', 'example.com/tier': '' }, annotations: { 'example.com/a': 'é "[\n' } },
    ],
    [
      'as many of each as it says',
      { labels: many(32, 'a'.repeat(63)), annotations: many(32, 'a'.repeat(490)) },
    ],
    [
      'every value',
      { data: Object.fromEntries(VALUE_NAMES.map((name) => [name, `{{ .${name} }} {{.${name}|json}}`])) },
    ],
    ['text that is no template', { data: { 'a.json': '{"a":{"b":1}}', '.hidden': 'x', 'a-b_C': '' } }],
    [
      'as many and as long templates as it says',
      { data: Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`k${i}`, 'a'.repeat(2000)])) },
    ],
    [
      'one annotation and one template of the longest',
      { annotations: many(1, 'é'.repeat(4096)), data: { a: 'é'.repeat(4096) } },
    ],
    [
      'labels for people, and two options of Argo CD',
      {
        labels: { 'custom.accesskeys.dev/team': 'shop' },
        annotations: {
          'argocd.argoproj.io/sync-options': 'Prune=false',
          'argocd.argoproj.io/compare-options': 'IgnoreExtraneous',
        },
      },
    ],
    [
      'places by the names that AWS and others use',
      { data: { AWS_DEFAULT_REGION: 'x', AWS_BUCKET: 'y', S3_URL: 'z', 'release.json': '' } },
    ],
    ['a format, and data of another', { formats: ['velero'], data: { 'rclone.conf': 'x' } }],
  ])('may have %s', async (_what, secretTemplate) => {
    await accepted(templated(secretTemplate));
  });

  test.each<[string, Json, string]>([
    ...[
      'accesskeys.dev/access-key',
      'app.kubernetes.io/managed-by',
      'app.kubernetes.io/instance',
      'argocd.argoproj.io/instance',
      'kubernetes.io/metadata.name',
      'kubectl.kubernetes.io/last-applied-configuration',
      'k8s.io/x',
      'replicator.v1.mittwald.de/replicate-to',
      'reflector.v1.k8s.emberstack.com/reflection-allowed',
      'kubed.appscode.com/sync',
      'meta.helm.sh/release-name',
      'hnc.x-k8s.io/inherited-from',
      'cluster.x-k8s.io/cluster-name',
      'argocd.argoproj.io/secret-type',
      'synator/sync',
    ].flatMap((name): [string, Json, string][] => [
      [
        `the label ${name}`,
        { labels: { [name]: 'x' } },
        'spec.secretTemplate.labels: Forbidden: a label of accesskeys.dev, Kubernetes',
      ],
      [
        `the annotation ${name}`,
        { annotations: { [name]: 'x' } },
        'spec.secretTemplate.annotations: Forbidden: an annotation of accesskeys.dev, Kubernetes',
      ],
    ]),
    [
      "what isn't a label's name",
      { labels: { 'a b': 'x' } },
      'the name of a label must have at most 63 letters',
    ],
    [
      "what isn't an annotation's name",
      { annotations: { 'a/b/c': 'x' } },
      'the name of an annotation must have at most 63 letters',
    ],
    [
      "what isn't a label's value",
      { labels: { team: 'a b' } },
      'spec.secretTemplate.labels[team]: Invalid value: "a b": a label\'s value must have at most 63',
    ],
    ['33 labels', { labels: many(33, 'a') }, 'must have at most 32 items'],
    [
      '33 templates',
      { data: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, 'a'])) },
      'must have at most 32 items',
    ],
    [
      'a template of 4097 characters',
      { data: { a: 'a'.repeat(4097) } },
      'spec.secretTemplate.data.a: Too long',
    ],
    [
      'more than 16 KiB of annotations',
      { annotations: many(5, 'a'.repeat(4096)) },
      'spec.secretTemplate.annotations: Invalid value: annotations must have at most 16 KiB in total',
    ],
    [
      'more than 64 KiB of templates, in bytes',
      { data: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'é'.repeat(2048)])) },
      'spec.secretTemplate.data: Invalid value: templates must have at most 64 KiB in total',
    ],
    ...[
      'LD_PRELOAD',
      'NODE_OPTIONS',
      'BASH_ENV',
      'PATH',
      'JAVA_TOOL_OPTIONS',
      'HTTPS_PROXY',
      'no_proxy',
      'release',
      'tls.key',
    ].map((key): [string, Json, string] => [
      `the data key ${key}`,
      { data: { [key]: 'x' } },
      'spec.secretTemplate.data: Forbidden: data has a key that programs act on',
    ]),
    ...['AWS_ENDPOINT_URL', 'AWS_CONFIG_FILE', 'AWS_PROFILE'].map((key): [string, Json, string] => [
      `the data key ${key}`,
      { data: { [key]: 'x' } },
      'spec.secretTemplate.data: Forbidden: data has a key that begins with AWS_, which changes what AWS SDKs do',
    ]),
    [
      'an unknown placeholder',
      { data: { a: '{{ .password }}' } },
      'spec.secretTemplate.data[a]: Invalid value: "{{ .password }}": in a template, {{ must begin a placeholder',
    ],
    [
      'an open placeholder',
      { data: { a: 'x {{ .bucket' } },
      'in a template, {{ must begin a placeholder: write {{ .NAME }}',
    ],
    ['code', { data: { a: '{{ range .buckets }}{{ end }}' } }, 'in a template, {{ must begin a placeholder'],
    [
      'an unknown escape',
      { data: { a: '{{ .bucket | shell }}' } },
      'in a template, {{ must begin a placeholder',
    ],
    [
      "what isn't a Secret's key",
      { data: { 'a/b': 'x' } },
      'spec.secretTemplate.data: Invalid value: a key of data must have at most 253',
    ],
    ['a key of two dots', { data: { '..data': 'x' } }, 'must not begin with two dots'],
    ['another format', { formats: ['yaml'] }, 'spec.secretTemplate.formats[0]: Unsupported value: "yaml"'],
    ['a format twice', { formats: ['cnpg', 'cnpg'] }, 'spec.secretTemplate.formats[1]: Duplicate value'],
  ])('may not have %s', async (_what, secretTemplate, message) => {
    await refused(templated(secretTemplate), message);
  });

  test.each(PAIR_KEYS)('may not write %s', async (key) => {
    await refused(
      templated({ data: { [key]: 'x' } }),
      'spec.secretTemplate.data: Forbidden: AWS_ACCESS_KEY_ID',
    );
  });

  test.each(FORMATS.flatMap((format) => FORMAT_KEYS[format].map((key) => [key, format] as const)))(
    'may write %s, but not beside format %s',
    async (key, format) => {
      await accepted(templated({ data: { [key]: 'x' } }));
      await refused(
        templated({ formats: [format], data: { [key]: 'x' } }),
        'spec.secretTemplate.data: Invalid value: data has a key that a format of this template writes',
      );
    },
  );

  const naming = {
    url: { data: { a: 'x/{{ .bucket }}' } },
    list: { data: { a: '{{.buckets|json}}' } },
    format: { formats: ['cosi-bucket-info'] },
  };
  test.each(Object.entries(naming))(
    'that names a bucket (%s) needs one that the key may use',
    async (_, secretTemplate) => {
      const message = 'spec.secretTemplate: Invalid value: the template uses a bucket';
      await accepted(createKey({ ...limited, secretTemplate }));
      await refused(createKey({ limited: false, secretTemplate }), message);
      await refused(createKey({ limited: true, secretTemplate }), message);
      await refused(
        createKey({ limited: true, bucketAccess: [{ ...photos, permissions: 'none' }], secretTemplate }),
        message,
      );
      const name = await makeKey({ ...limited, secretTemplate });
      await refused(mergePatch(name, { bucketAccess: [] }), message);
    },
  );

  test('can be changed and left out', async () => {
    const name = await makeKey({ ...limited, secretTemplate: { data: { a: 'x' } } });
    const { body } = await accepted(mergePatch(name, { secretTemplate: { data: { a: null, b: 'y' } } }));
    expect(body['spec']).toMatchObject({ secretTemplate: { data: { b: 'y' } } });
    await accepted(mergePatch(name, { secretTemplate: null }));
  });
});
