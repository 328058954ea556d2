import { expect, test } from 'vitest';
import { formOf } from '../../../../src/provider/iam/query.ts';
import { signRequest } from '../../../../src/provider/iam/signing.ts';

const PAIR = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

test('a form has the action, its version and the parameters, encoded', () => {
  expect(formOf('iam', 'GetUser', { UserName: 'a+b@c d&e' })).toBe(
    'Action=GetUser&Version=2010-05-08&UserName=a%2Bb%40c+d%26e',
  );
  expect(formOf('sts', 'GetCallerIdentity', {})).toBe('Action=GetCallerIdentity&Version=2011-06-15');
});

const QUERY = {
  service: 'iam',
  region: 'us-east-1',
  method: 'POST',
  host: '127.0.0.1:7070',
  path: '/',
  body: 'Action=ListUsers',
  contentType: 'application/x-www-form-urlencoded; charset=utf-8',
} as const;

test('a request is signed for its service, region and moment, with the host as it is sent', () => {
  const headers = signRequest(QUERY, PAIR, Date.parse('2015-08-30T12:36:00.123Z'));
  expect(headers).toMatchObject({
    host: '127.0.0.1:7070',
    'x-amz-date': '20150830T123600Z',
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
  });
  expect(headers['Authorization']).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20150830\/us-east-1\/iam\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
  );
  const s3 = signRequest({ ...QUERY, service: 's3', region: 'eu-1' }, PAIR, 0);
  expect(s3['Authorization']).toContain('/19700101/eu-1/s3/aws4_request');
});

test('no header holds the secret', () => {
  expect(JSON.stringify(signRequest(QUERY, PAIR, 0))).not.toContain(PAIR.secretAccessKey);
});
