import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderFormat } from '../../../../src/accesskey/secret/formats.ts';
import { isRefusal, type Values } from '../../../../src/accesskey/secret/placeholders.ts';
import { requestedShape, type ShapeInputs } from '../../../../src/accesskey/secret/template-output.ts';
import { DEFAULT_ALLOW_LIST } from '../../../../src/api/allow-list.ts';
import type { AccessKey } from '../../../../src/api/schema/accesskey.ts';
import { BUCKET_FORMATS, FORMAT_KEYS, FORMATS, type Format } from '../../../../src/api/secret-keys.ts';

const values: Values = {
  accessKeyId: 'AKOEXAMPLE',
  secretAccessKey: 'example+/=',
  endpoint: 'https://s3.example.com',
  scheme: 'https',
  host: 's3.example.com',
  port: '443',
  region: 'eu-1',
  bucket: 'photos',
  buckets: 'photos,logs',
  label: 'Uploader',
  namespace: 'shop',
  name: 'uploader',
  provider: 'MinIO',
  ca: 'the certificates\n',
};

const credentials = '[default]\naws_access_key_id = AKOEXAMPLE\naws_secret_access_key = example+/=\n';

const expected: Record<Format, Record<string, string>> = {
  'aws-credentials-file': {
    credentials,
    config:
      '[default]\nregion = eu-1\nendpoint_url = https://s3.example.com\ns3 =\n    addressing_style = path\n',
  },
  rclone: {
    'rclone.conf':
      '[s3]\ntype = s3\nprovider = Minio\naccess_key_id = AKOEXAMPLE\nsecret_access_key = example+/=\n' +
      'endpoint = https://s3.example.com\nregion = eu-1\nno_check_bucket = true\n',
  },
  s3cfg: {
    '.s3cfg':
      '[default]\naccess_key = AKOEXAMPLE\nsecret_key = example+/=\nhost_base = s3.example.com:443\n' +
      'host_bucket = s3.example.com:443\nbucket_location = eu-1\nuse_https = True\n',
  },
  'mc-host': { MC_HOST_s3: 'https://AKOEXAMPLE:example+/=@s3.example.com:443' },
  'cosi-bucket-info': {
    BucketInfo:
      '{"metadata":{"name":"uploader"},"spec":{"bucketName":"photos","authenticationType":"KEY",' +
      '"secretS3":{"endpoint":"https://s3.example.com","region":"eu-1","accessKeyID":"AKOEXAMPLE",' +
      '"accessSecretKey":"example+/="},"secretAzure":null,"protocols":["s3"]}}',
  },
  'cosi-env': {
    COSI_PROTOCOL: 'S3',
    COSI_S3_BUCKET_ID: 'photos',
    COSI_S3_ENDPOINT: 'https://s3.example.com',
    COSI_S3_REGION: 'eu-1',
    COSI_S3_ADDRESSING_STYLE: 'path',
    COSI_S3_ACCESS_KEY_ID: 'AKOEXAMPLE',
    COSI_S3_ACCESS_SECRET_KEY: 'example+/=',
    COSI_CERTIFICATE_AUTHORITY: 'the certificates\n',
  },
  servicebinding: {
    type: 's3',
    provider: 'minio',
    host: 's3.example.com',
    port: '443',
    uri: 'https://s3.example.com',
  },
  velero: { cloud: credentials },
  cnpg: { ACCESS_KEY_ID: 'AKOEXAMPLE', ACCESS_SECRET_KEY: 'example+/=' },
  ca: { 'ca.crt': 'the certificates\n' },
};

test.each(FORMATS)('%s has the shape that its readers look for', (format) => {
  expect(renderFormat(format, values)).toEqual(expected[format]);
  expect(Object.keys(expected[format])).toEqual([...FORMAT_KEYS[format]]);
});

test('a format that can name a file of CA certificates names it', () => {
  const own = { ...values, caFile: '/etc/store/ca.crt' };
  const named = FORMATS.filter((format) =>
    JSON.stringify(renderFormat(format, own)).includes('/etc/store/ca.crt'),
  );
  expect(named).toEqual(['aws-credentials-file', 's3cfg']);
  expect(renderFormat('aws-credentials-file', own)).toMatchObject({
    config: expect.stringContaining('\nca_bundle = /etc/store/ca.crt\ns3 =\n'),
  });
  expect(renderFormat('s3cfg', own)).toEqual({
    '.s3cfg': expect.stringMatching(/\nca_certs_file = [/]etc[/]store[/]ca.crt\n$/),
  });
  for (const caFile of ['ca.crt', '/', '/a\nb', '/a b', '/a;b', `/${'a'.repeat(1_024)}`]) {
    expect(isRefusal(renderFormat('s3cfg', { ...values, caFile }))).toBe(true);
  }
});

test('http is no https', () => {
  const http = { ...values, endpoint: 'http://[::1]:9000', scheme: 'http', host: '[::1]', port: '9000' };
  expect(renderFormat('s3cfg', http)).toEqual({
    '.s3cfg': expect.stringMatching(
      /host_base = \[::1\]:9000\nhost_bucket = \[::1\]:9000\n(?:.*\n)*use_https = False\n/,
    ),
  });
  expect(renderFormat('servicebinding', http)).toMatchObject({
    host: '::1',
    port: '9000',
    uri: 'http://[::1]:9000',
  });
  expect(renderFormat('mc-host', http)).toEqual({ MC_HOST_s3: 'http://AKOEXAMPLE:example+/=@[::1]:9000' });
});

test('what is not a format is refused', () => {
  for (const format of ['toString', '__proto__', 'yaml']) {
    expect(renderFormat(format as Format, values)).toEqual({ refusal: `"${format}" is not a format` });
  }
});

test.each(BUCKET_FORMATS)('%s is refused to a key without buckets', (format) => {
  const refusal = `format ${format} names a bucket, but the key may use none; remove the format, or name a bucket`;
  expect(renderFormat(format, { ...values, bucket: undefined })).toEqual({ refusal });
});

test('cosi-env leaves out the CA of a store that has none', () => {
  const { COSI_CERTIFICATE_AUTHORITY: _, ...rest } = expected['cosi-env'];
  expect(renderFormat('cosi-env', { ...values, ca: undefined })).toEqual(rest);
});

/** Characters that may be in a pair that somebody else made. */
const strange = fc.string({ unit: fc.constantFrom(...'aZ9/+=._~-:@%#;"\'`[]{}$\\ é\n\r\t'), minLength: 1 });

test.each(FORMATS.filter((format) => format !== 'ca' && format !== 'servicebinding'))(
  '%s holds a pair as it is, on as many lines as ever, or not at all',
  (format) => {
    const verdicts = { held: 0, refused: 0 };
    const refusal = renderFormat(format, { ...values, secretAccessKey: '\n' });
    fc.assert(
      fc.property(strange, strange, (accessKeyId, secretAccessKey) => {
        const rendered = renderFormat(format, { ...values, accessKeyId, secretAccessKey });
        if (isRefusal(rendered)) {
          verdicts.refused++;
          // The same for every pair: nothing of a secret is in it.
          expect(rendered).toEqual(refusal);
          return;
        }
        verdicts.held++;
        for (const [key, text] of Object.entries(rendered)) {
          const lines = (of: string) => of.split(/[\n\r]/).length;
          expect(lines(text)).toBe(lines(expected[format][key] ?? ''));
        }
        expect(pairIn(format, rendered)).toEqual({ accessKeyId, secretAccessKey });
      }),
      {
        examples: [
          ['AKIA', 'a/b+c=='],
          ['a"b', 'c'],
          ['a', 'b\nregion = x'],
        ],
        numRuns: 500,
      },
    );
    expect(verdicts.held).toBeGreaterThan(0);
    expect(verdicts.refused).toBeGreaterThan(0);
  },
);

/** The pair, as a reader of the format sees it. */
function pairIn(format: Format, data: Readonly<Record<string, string>>) {
  const [text = '', second = ''] = FORMAT_KEYS[format].map((key) => data[key] ?? '');
  if (format === 'cnpg') return { accessKeyId: text, secretAccessKey: second };
  if (format === 'mc-host') {
    // mc's own expression (cmd/config.go).
    const [, , accessKeyId, secretAccessKey] = /^(https?:\/\/)(.*?):(.*)@(.*?)$/.exec(text) ?? [];
    return { accessKeyId, secretAccessKey };
  }
  if (format === 'cosi-bucket-info') {
    const { accessKeyID, accessSecretKey } = JSON.parse(text).spec.secretS3;
    return { accessKeyId: accessKeyID, secretAccessKey: accessSecretKey };
  }
  if (format === 'cosi-env') {
    const { COSI_S3_ACCESS_KEY_ID: accessKeyId, COSI_S3_ACCESS_SECRET_KEY: secretAccessKey } = data;
    return { accessKeyId, secretAccessKey };
  }
  const value = (name: RegExp) => name.exec(text)?.[1];
  return {
    accessKeyId: value(/^(?:aws_)?access_key(?:_id)? = (.*)$/m),
    secretAccessKey: value(/^(?:aws_)?secret_(?:access_)?key = (.*)$/m),
  };
}

describe('a template', () => {
  const pair = { accessKeyId: 'AKOEXAMPLE', secretAccessKey: 'example' };
  const inputs = (spec: Partial<AccessKey['spec']>, access?: ShapeInputs['access']): ShapeInputs => ({
    accessKey: {
      metadata: { name: 'uploader', namespace: 'shop' },
      spec: { bucketAccess: buckets, ...spec },
    } as AccessKey,
    store: {
      title: 'ClusterObjectStore s3',
      provider: 'MinIO',
      publicEndpoint: 'https://S3.example.com',
      region: 'eu-1',
      ca: undefined,
    },
    allowed: { ...DEFAULT_ALLOW_LIST, labels: ['*'], annotations: ['*'] },
    access: access ?? { kind: 'limited', entries: [entry('archive'), entry('photos')] },
  });
  const entry = (bucketName: string) => ({ bucketName, permissions: 'read_only' as const, prefixes: [] });
  const buckets: AccessKey['spec']['bucketAccess'] = [
    { bucketName: 'payroll', permissions: 'none' },
    { bucketName: 'photos', permissions: 'read_write' },
    { bucketName: 'archive', permissions: 'read_only' },
  ];
  const shape = (of: ShapeInputs) => {
    const found = requestedShape(of, pair);
    if (isRefusal(found)) throw new Error(found.refusal);
    return found;
  };

  test('adds nothing without a template', () => {
    expect(shape(inputs({}))).toMatchObject({ labels: {}, annotations: {}, data: {} });
  });

  test('is filled in with the store, the key and the first bucket that it may use', () => {
    const data = {
      url: '{{ .endpoint }} {{ .scheme }} {{ .host }} {{ .port }} {{ .region }}',
      key: '{{ .namespace }}/{{ .name }} {{ .label }} {{ .bucket }} {{ .buckets }}',
    };
    expect(shape(inputs({ secretTemplate: { data } })).data).toEqual({
      url: 'https://S3.example.com https s3.example.com 443 eu-1',
      key: 'shop/uploader uploader photos photos,archive',
    });
  });

  test('keeps the buckets in force if an edit is not granted', () => {
    const data = { b: '{{ .buckets }}' };
    const other: AccessKey['spec']['bucketAccess'] = [{ bucketName: 'denied', permissions: 'read_write' }];
    expect(shape(inputs({ bucketAccess: other, secretTemplate: { data } })).data).toEqual({
      b: 'archive,photos',
    });
  });

  test.each<[string, NonNullable<AccessKey['spec']['secretTemplate']>, string]>([
    [
      "a format's key",
      { formats: ['rclone'], data: { 'rclone.conf': 'x' } },
      'data.rclone.conf: a format of the template writes that key too; rename or remove one of them',
    ],
    [
      'an unknown placeholder',
      { data: { a: '{{ .x }}' } },
      'data.a: "{{ .x }}" does not begin with a placeholder',
    ],
    ['a format that is none', { formats: ['yaml' as Format] }, '"yaml" is not a format'],
    ['far too much', { data: { a: 'x'.repeat(600_000) } }, 'it would have 600000 bytes'],
  ])('is refused with %s', (_, secretTemplate, cause) => {
    const found = requestedShape(inputs({ secretTemplate }), pair);
    expect(found).toEqual({ refusal: expect.stringContaining(`spec.secretTemplate: ${cause}`) });
  });

  test('has the CA certificates of the store, or says that the store has none', () => {
    const of = inputs({ secretTemplate: { formats: ['ca', 'cnpg'] } });
    const { data, withheld, source } = shape({ ...of, store: { ...of.store, ca: 'certificates\n' } });
    expect(data['ca.crt']).toBe('certificates\n');
    expect(withheld).toBeUndefined();
    const renewed = shape({ ...of, store: { ...of.store, ca: 'new ones\n' } });
    expect(renewed.source).not.toBe(source);
    const without = shape(of);
    expect(Object.keys(without.data)).toEqual(['ACCESS_KEY_ID', 'ACCESS_SECRET_KEY']);
    expect(without.withheld).toContain('ClusterObjectStore s3 has none: remove the format, or ask');
  });

  test('is refused for an unrestricted key if it names a bucket', () => {
    const of = inputs({ secretTemplate: { data: { a: '{{ .bucket }}' } } }, { kind: 'unrestricted' });
    expect(isRefusal(requestedShape(of, pair))).toBe(true);
  });

  test('has a source that changes with all that it follows from but the pair', () => {
    const data = { a: '{{ .label }} {{ .bucket }} {{ .endpoint }} {{ .region }}' };
    const of = inputs({ secretTemplate: { data } });
    const { source } = shape(of);
    expect(requestedShape(of, { accessKeyId: 'AKOOTHER', secretAccessKey: 'other' })).toMatchObject({
      source,
    });
    const changed = [
      inputs({ secretTemplate: { data }, label: 'Other' }),
      inputs({ secretTemplate: { data }, bucketAccess: [...(buckets ?? [])].reverse() }),
      inputs({ secretTemplate: { data: { a: `${data.a} ` } } }),
      inputs({ secretTemplate: { data, formats: ['cnpg'] } }),
      inputs({ secretTemplate: { data, labels: { team: 'a' } } }),
      inputs({ secretTemplate: { data, annotations: { team: 'a' } } }),
      { ...of, store: { ...of.store, publicEndpoint: 'https://other.example.com' } },
      { ...of, store: { ...of.store, region: 'eu-2' } },
    ];
    const sources = [source, ...changed.map((each) => shape(each).source)];
    expect(new Set(sources).size).toBe(sources.length);
    // What the template doesn't name doesn't count.
    const plain = { data: { a: 'x' } };
    expect(shape(inputs({ secretTemplate: plain, label: 'Other' })).source).toBe(
      shape(inputs({ secretTemplate: plain })).source,
    );
  });
});
