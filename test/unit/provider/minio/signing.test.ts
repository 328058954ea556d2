import { expect, test } from 'vitest';
import {
  createSigner,
  encodePath,
  encodeQuery,
  type SignableRequest,
} from '../../../../src/provider/minio/signing.ts';

// The examples of "Signature Calculations for the Authorization Header" in the API reference of Amazon S3.
const EXAMPLE = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const NOW = Date.UTC(2013, 4, 24);
const request = (query: SignableRequest['query']): SignableRequest => ({
  method: 'GET',
  host: 'examplebucket.s3.amazonaws.com',
  path: '/',
  query,
});
const SCOPE = 'Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';
const NAMES = 'SignedHeaders=host;x-amz-content-sha256;x-amz-date';

test.each([
  [
    'GET Bucket Lifecycle',
    [['lifecycle', '']],
    'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  ],
  [
    'List Objects',
    [
      ['prefix', 'J'],
      ['max-keys', '2'],
    ],
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  ],
] as const)("Amazon's example: %s", (_, query, signature) => {
  const headers = createSigner(EXAMPLE, 'us-east-1')(request(query), NOW);
  expect(headers).toEqual({
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    authorization: `AWS4-HMAC-SHA256 ${SCOPE}, ${NAMES}, Signature=${signature}`,
  });
});

test('a signer goes on over midnight as a new one would', () => {
  const sign = createSigner(EXAMPLE, 'us-east-1');
  for (const now of [NOW - 1, NOW, NOW + 1, NOW - 1, NOW + 86_400_000]) {
    expect(sign(request([]), now)).toEqual(createSigner(EXAMPLE, 'us-east-1')(request([]), now));
  }
});

test('everything that is signed changes the signature', () => {
  const sign = createSigner(EXAMPLE, 'us-east-1');
  const base = request([['a', '1']]);
  const signatures = [
    sign(base, NOW),
    sign(base, NOW + 1000),
    sign({ ...base, method: 'PUT' }, NOW),
    sign({ ...base, host: 'other' }, NOW),
    sign({ ...base, path: '/x' }, NOW),
    sign({ ...base, query: [['a', '2']] }, NOW),
    sign({ ...base, body: Buffer.from('x') }, NOW),
    createSigner(EXAMPLE, 'eu-west-1')(base, NOW),
    createSigner({ ...EXAMPLE, secretAccessKey: 'x' }, 'us-east-1')(base, NOW),
  ].map((headers) => headers.authorization);
  expect(new Set(signatures).size).toBe(signatures.length);
});

test('a query is encoded by RFC 3986, in the order of its encoded form', () => {
  expect(
    encodeQuery([
      ['b', "a b+c/d!'()*~"],
      ['B', 'ü'],
      ['a=', ''],
    ]),
  ).toBe('B=%C3%BC&a%3D=&b=a%20b%2Bc%2Fd%21%27%28%29%2A~');
  expect(encodeQuery([])).toBe('');
});

test('a path keeps its slashes', () => {
  expect(encodePath('/minio/admin/v3/x y*')).toBe('/minio/admin/v3/x%20y%2A');
});
