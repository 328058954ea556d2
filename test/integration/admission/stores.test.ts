/** The rules of the stores' CRDs, each with the API server's words for what it refuses. */
import { describe, expect, test } from 'vitest';
import {
  accepted,
  createObjectStore,
  createStore,
  DRY,
  type Json,
  refused,
  request,
  store,
  stores,
  uniqueName,
} from '../support/admission.ts';

const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';

describe('a ClusterObjectStore', () => {
  test('gets its defaults', async () => {
    const { body } = await accepted(createStore(store));
    expect(body['spec']).toEqual({
      ...store,
      provider: 'MinIO',
      allowInsecure: false,
      region: 'us-east-1',
      resyncInterval: '10m',
      orphans: 'Disable',
      grants: [
        {
          namespaces: { all: true },
          buckets: ['*'],
          permissions: 'read_write',
          unrestricted: false,
          allowImport: false,
          allowRetain: false,
          bucketSettings: true,
        },
      ],
    });
    expect(body['status']).toEqual({ observedGeneration: -1 });
  });

  const grant = (part: Json) => ({ grants: [{ namespaces: { all: true }, buckets: ['*'], ...part }] });
  test.each<[string, Json]>([
    ['an address', { endpoint: 'https://10.0.0.1' }],
    ['an IPv6 address', { endpoint: 'https://[fd00::1]:9000' }],
    ['the last port', { endpoint: 'https://minio:65535' }],
    ['http if that is allowed', { endpoint: 'http://minio:9000', allowInsecure: true }],
    ['an http endpoint for applications alone', { publicEndpoint: 'http://s3.example.com' }],
    ['certificates', { caBundle: pem + pem }],
    ['certificates with comments', { caBundle: `# a CA\n${pem}` }],
    ['an interval of a day', { resyncInterval: '24h' }],
    ['an interval of parts', { resyncInterval: '1h30m15s' }],
    ['no grants in the list', { grants: [] }],
    ['a word for a new endpoint', { acceptNewEndpoint: 'https://elsewhere:9000' }],
    [
      "the Secret of MinIO's chart",
      {
        credentialsRef: {
          ...store.credentialsRef,
          keys: { accessKeyId: 'rootUser', secretAccessKey: 'rootPassword' },
        },
      },
    ],
    [
      'the Secret of a MinIO Tenant',
      { credentialsRef: { ...store.credentialsRef, keys: { configEnv: 'config.env' } } },
    ],
    ['a CA in a ConfigMap', { caBundleRef: { namespace: 'storage', name: 'store-ca' } }],
    [
      'a CA in a Secret',
      { caBundleRef: { kind: 'Secret', namespace: 'storage', name: 'tls', key: 'ca.pem' } },
    ],
    ['nothing that every key may do', { everyKeyMay: [] }],
    ['users by the IAM API', { provider: 'IAM' }],
    [
      'users by the IAM API at another place',
      { provider: 'IAM', iam: { endpoint: 'https://iam:7071', stsEndpoint: 'https://sts', path: '/a/b/' } },
    ],
    ['what earlier versions gave by default', { everyKeyMay: ['ListBuckets', 'CreateBuckets'] }],
    ['creating and resetting buckets', { everyKeyMay: ['ListBuckets', 'CreateOrResetBuckets'] }],
    [
      'extra actions',
      {
        extraActions: {
          read_only: ['GetObjectTagging'],
          read_write: ['PutObjectTagging', 'DeleteObjectTagging'],
        },
      },
    ],
    ['a grant with a maximum age', grant({ maxAge: '2160h' })],
    ['a grant with the shortest maximum age', grant({ maxAge: '2h' })],
    ['a grant by names', grant({ namespaces: { names: ['shop', 'reports'] } })],
    ['a grant by labels', grant({ namespaces: { matchLabels: { 'example.com/team': 'shop' } } })],
    [
      '50 grants of 50 patterns',
      {
        grants: Array.from({ length: 50 }, () => ({
          maxAge: '02000h00000m00000s',
          namespaces: { names: Array.from({ length: 100 }, (_, i) => `${'n'.repeat(58)}${i}`) },
          buckets: Array.from({ length: 50 }, (_, i) => `{namespace}.${'b'.repeat(40)}${i}*`),
        })),
      },
    ],
  ])('may have %s', async (_what, part) => {
    await accepted(createStore({ ...store, ...part }));
  });

  const endpoint = 'endpoint must be a scheme, a host and a port, without path or user: write';
  const interval =
    'spec.resyncInterval: Invalid value: "VALUE": resyncInterval must be 1m to 24h, in whole hours, minutes and seconds: write';
  const whom =
    'spec.grants[0].namespaces: Invalid value: namespaces must have exactly one of names, matchLabels and all: write';
  test.each<[string, Json, string]>([
    ['no endpoint', { endpoint: undefined }, 'spec.endpoint: Required value'],
    ['no credentials', { credentialsRef: undefined }, 'spec.credentialsRef: Required value'],
    [
      "credentials without a Secret's name",
      { credentialsRef: { namespace: 'storage' } },
      'spec.credentialsRef.name: Required value',
    ],
    [
      'credentials without a namespace',
      { credentialsRef: { name: 'minio-admin' } },
      'spec.credentialsRef.namespace: Required value',
    ],
    [
      "what isn't a namespace",
      { credentialsRef: { namespace: 'a.b', name: 'c' } },
      'spec.credentialsRef.namespace: Invalid value: "a.b": a namespace\'s name must consist of lowercase letters',
    ],
    [
      "what isn't a Secret's name",
      { credentialsRef: { namespace: 'a', name: 'C' } },
      'spec.credentialsRef.name: Invalid value: "C": the name of a Secret',
    ],
    ...[{}, { accessKeyId: 'rootUser' }, { configEnv: 'config.env', secretAccessKey: 'rootPassword' }].map(
      (keys): [string, Json, string] => [
        `credentials whose keys are ${JSON.stringify(keys)}`,
        { credentialsRef: { ...store.credentialsRef, keys } },
        'keys must locate both halves of the pair: set accessKeyId and secretAccessKey, or configEnv alone',
      ],
    ),
    ...['rootPassword', 'secretAccessKey', 'token', 'tls.key', 'azurestorageaccountkey'].map(
      (accessKeyId): [string, Json, string] => [
        `an id read from ${accessKeyId}`,
        { credentialsRef: { ...store.credentialsRef, keys: { accessKeyId, secretAccessKey: 'password' } } },
        'spec.credentialsRef.keys.accessKeyId: Forbidden: accessKeyId must name a key that ends in',
      ],
    ),
    [
      "credentials' keys that no Secret can have",
      { credentialsRef: { ...store.credentialsRef, keys: { configEnv: 'config/env' } } },
      'a key of a Secret must consist of letters, digits, hyphens, underscores and dots',
    ],
    ['no word of grants', { grants: undefined }, 'spec.grants: Required value'],
    [
      'another provider',
      { provider: 'S3' },
      'spec.provider: Unsupported value: "S3": supported values: "MinIO"',
    ],
    [
      'http',
      { endpoint: 'http://minio:9000' },
      'spec.endpoint: Invalid value: endpoint is http, which anybody on the network in between can read: use https, or set allowInsecure: true',
    ],
    ['a host alone', { endpoint: 'minio:9000' }, `spec.endpoint: Invalid value: "minio:9000": ${endpoint}`],
    ['a path', { endpoint: 'https://minio:9000/s3' }, endpoint],
    ['a slash', { endpoint: 'https://minio:9000/' }, endpoint],
    ['a user', { endpoint: 'https://a:b@minio:9000' }, endpoint],
    ['a query', { endpoint: 'https://minio:9000?a=b' }, endpoint],
    ['a fragment', { endpoint: 'https://minio:9000#a' }, endpoint],
    ['another scheme', { endpoint: 'ftp://minio' }, endpoint],
    ['a port beyond the last', { endpoint: 'https://minio:65536' }, endpoint],
    ['port 0', { endpoint: 'https://minio:0' }, endpoint],
    ['no host', { endpoint: 'https://' }, endpoint],
    ['a line break', { endpoint: 'https://minio\n' }, endpoint],
    [
      'a public endpoint with a path',
      { publicEndpoint: 'https://s3.example.com/x' },
      'spec.publicEndpoint: Invalid value: "https://s3.example.com/x": publicEndpoint must be a scheme',
    ],
    [
      'a region with a line break',
      { region: 'a\nb' },
      'region must consist of letters, digits, - and _: write',
    ],
    [
      'certificates in base64',
      { caBundle: Buffer.from(pem).toString('base64') },
      'caBundle must be PEM text: paste the certificates as they are',
    ],
    [
      'a private key',
      { caBundle: `${pem}-----BEGIN PRIVATE KEY-----\n` },
      'spec.caBundle: Forbidden: caBundle contains a private key: paste only the certificates',
    ],
    ...['59s', '25h', '10', '', 'soon', '1d', '1.5h', '-10m', '600000ms'].map(
      (value): [string, Json, string] => [
        `an interval of "${value}"`,
        { resyncInterval: value },
        interval.replace('VALUE', value),
      ],
    ),
    ['another way with orphans', { orphans: 'Delete' }, 'supported values: "Report", "Disable", "Prune"'],
    ['a grant for nobody', grant({ namespaces: {} }), whom],
    [
      'a grant without namespaces',
      { grants: [{ buckets: ['*'] }] },
      'spec.grants[0].namespaces: Required value',
    ],
    [
      'a grant without buckets',
      { grants: [{ namespaces: { all: true } }] },
      'spec.grants[0].buckets: Required value',
    ],
    ['a grant for names and all', grant({ namespaces: { names: ['a'], all: true } }), whom],
    ['a grant for names and labels', grant({ namespaces: { names: ['a'], matchLabels: { a: 'b' } } }), whom],
    ['a grant for not all', grant({ namespaces: { all: false } }), whom],
    ['a grant for no names', grant({ namespaces: { names: [] } }), 'should have at least 1 items'],
    [
      'a grant for no labels',
      grant({ namespaces: { matchLabels: {} } }),
      'should have at least 1 properties',
    ],
    [
      "a grant for what isn't a namespace",
      grant({ namespaces: { names: ['shop-*'] } }),
      'spec.grants[0].namespaces.names[0]: Invalid value: "shop-*": a namespace\'s name must consist',
    ],
    [
      'a pattern that reaches into shop-eu',
      grant({ buckets: ['{namespace}-*'] }),
      'spec.grants[0].buckets[0]: Invalid value: "{namespace}-*": a bucket pattern must be a bucket\'s name, with * only at the end, and {namespace} once',
    ],
    ['a * in the middle', grant({ buckets: ['a*b'] }), 'a bucket pattern must be'],
    [
      '51 patterns',
      grant({ buckets: Array.from({ length: 51 }, (_, i) => `b${i}`) }),
      'must have at most 50 items',
    ],
    [
      '51 grants',
      { grants: Array.from({ length: 51 }, () => ({ namespaces: { all: true }, buckets: [] })) },
      'must have at most 50 items',
    ],
    ['a maximum age in days', grant({ maxAge: '90d' }), 'maxAge must be 2h to 87600h (ten years)'],
    ['a maximum age below two hours', grant({ maxAge: '119m' }), 'maxAge must be 2h to 87600h'],
    ['a maximum age over ten years', grant({ maxAge: '87601h' }), 'maxAge must be 2h to 87600h'],
    ['a grant of none', grant({ permissions: 'none' }), 'supported values: "read_only", "read_write"'],
    [
      'a new endpoint with a path',
      { acceptNewEndpoint: 'https://elsewhere/x' },
      'spec.acceptNewEndpoint: Invalid value: "https://elsewhere/x": acceptNewEndpoint must be a scheme',
    ],
    [
      'a CA said twice',
      { caBundle: pem, caBundleRef: { namespace: 'storage', name: 'store-ca' } },
      'spec.caBundle: Invalid value: caBundle and caBundleRef both say which CA to trust: set only one of them',
    ],
    [
      'a CA without a namespace',
      { caBundleRef: { name: 'store-ca' } },
      'spec.caBundleRef.namespace: Required value',
    ],
    [
      'a CA in another kind of object',
      { caBundleRef: { kind: 'Bundle', namespace: 'storage', name: 'store-ca' } },
      'supported values: "ConfigMap", "Secret"',
    ],
    [
      "what isn't a key",
      { caBundleRef: { namespace: 'storage', name: 'store-ca', key: 'a/b' } },
      'key must consist of letters, digits, hyphens, underscores and dots: write',
    ],
    [
      'another right for every key',
      { everyKeyMay: ['DeleteBuckets'] },
      'supported values: "ListBuckets", "CreateBuckets", "CreateOrResetBuckets"',
    ],
    ['a right twice', { everyKeyMay: ['ListBuckets', 'ListBuckets'] }, 'Duplicate value: "ListBuckets"'],
    [
      'an extra action by which a key could widen itself',
      { extraActions: { read_write: ['PutBucketPolicy'] } },
      'spec.extraActions.read_write[0]: Unsupported value: "PutBucketPolicy"',
    ],
    [
      'an extra action of read_write for read_only',
      { extraActions: { read_only: ['PutObjectTagging'] } },
      'spec.extraActions.read_only[0]: Unsupported value: "PutObjectTagging"',
    ],
    ['another provider', { provider: 'Garage' }, 'spec.provider: Unsupported value: "Garage"'],
    [
      'the IAM API of a MinIO',
      { iam: { endpoint: 'https://iam:7071' } },
      'spec.iam: Invalid value: iam requires provider IAM: set provider: IAM',
    ],
    [
      'an IAM API by http',
      { provider: 'IAM', iam: { endpoint: 'http://iam:7071' } },
      'spec.iam: Invalid value: iam.endpoint is http, so anybody on the network in between can read new secrets',
    ],
    [
      'an STS API by http',
      { provider: 'IAM', iam: { stsEndpoint: 'http://iam:7071' } },
      'spec.iam: Invalid value: iam.stsEndpoint is http',
    ],
    [
      'an IAM API behind a path',
      { provider: 'IAM', iam: { endpoint: 'https://iam/v1' } },
      'iam.endpoint must be a scheme, a host and a port, without path or user',
    ],
    ...['accesskeys', '/accesskeys', '/a//b/', '/a b/', '/a/*/'].map((path): [string, Json, string] => [
      `users on the path ${path}`,
      { provider: 'IAM', iam: { path } },
      'iam.path must begin and end with a slash',
    ]),
    ['a field that does not exist', { everyKeyMust: [] }, 'unknown field "spec.everyKeyMust"'],
  ])('may not have %s', async (_what, part, message) => {
    await refused(createStore({ ...store, ...part }), message);
  });

  test('may change its endpoint, which the operator then judges, and cannot lose it', async () => {
    const name = uniqueName();
    await accepted(createStore(store, name, ''));
    const path = `${stores}/${name}`;
    const change = (spec: Json) =>
      request('PATCH', `${path}?${DRY}`, { spec }, 'application/merge-patch+json');
    try {
      await accepted(change({ endpoint: 'https://elsewhere:9000' }));
      await refused(change({ endpoint: null }), 'spec.endpoint: Required value');
      await accepted(change({ grants: [], region: 'eu-1' }));
    } finally {
      await request('DELETE', path);
    }
  });
});

test('the place of the users of a store can not change', async () => {
  const name = uniqueName();
  await accepted(createStore({ ...store, provider: 'IAM' }, name, ''));
  const path = `${stores}/${name}`;
  const change = (spec: Json) => request('PATCH', `${path}?${DRY}`, { spec }, 'application/merge-patch+json');
  try {
    await refused(change({ provider: 'MinIO' }), 'provider is immutable: create another store');
    await refused(change({ iam: { path: '/elsewhere/' } }), 'iam.path is immutable');
    await accepted(change({ iam: { endpoint: 'https://iam:7071' } }));
    await accepted(change({ iam: { path: '/accesskeys/' } }));
  } finally {
    await request('DELETE', path);
  }
});

describe('an ObjectStore', () => {
  const { grants: _, credentialsRef: __, ...rest } = store;
  const own: Json = { ...rest, credentialsRef: { name: 'minio-admin' } };

  test('gets its defaults', async () => {
    const { body } = await accepted(createObjectStore(own));
    expect(body['spec']).toEqual({
      ...own,
      provider: 'MinIO',
      allowInsecure: false,
      region: 'us-east-1',
      resyncInterval: '10m',
      orphans: 'Disable',
    });
    expect(body['status']).toEqual({ observedGeneration: -1 });
  });

  test('may have a CA in its namespace', async () => {
    await accepted(createObjectStore({ ...own, caBundleRef: { name: 'store-ca' } }));
  });

  test("may have the Secret of MinIO's chart", async () => {
    const keys = { accessKeyId: 'rootUser', secretAccessKey: 'rootPassword' };
    await accepted(createObjectStore({ ...own, credentialsRef: { name: 'minio', keys } }));
  });

  test.each<[string, Json, string]>([
    [
      'an id read from what is a secret by its name',
      { credentialsRef: { name: 'minio', keys: { accessKeyId: 'password', secretAccessKey: 'password' } } },
      'spec.credentialsRef.keys.accessKeyId: Forbidden: accessKeyId must name a key that ends in',
    ],
    ['grants', { grants: [] }, 'unknown field "spec.grants"'],
    [
      'credentials of another namespace',
      { credentialsRef: { namespace: 'storage', name: 'minio-admin' } },
      'unknown field "spec.credentialsRef.namespace"',
    ],
    [
      'a CA of another namespace',
      { caBundleRef: { namespace: 'storage', name: 'store-ca' } },
      'unknown field "spec.caBundleRef.namespace"',
    ],
    ['no credentials', { credentialsRef: undefined }, 'spec.credentialsRef: Required value'],
    [
      'http',
      { endpoint: 'http://minio:9000' },
      'spec.endpoint: Invalid value: endpoint is http, which anybody on the network in between can read: use https',
    ],
  ])('may not have %s', async (_what, part, message) => {
    await refused(createObjectStore({ ...own, ...part }), message);
  });
});
