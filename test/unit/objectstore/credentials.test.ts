/** The pair in a store's Secret, and the sentences for Secrets without one. */
import { describe, expect, test } from 'vitest';
import { isIdKey } from '../../../src/api/credential-keys.ts';
import { credentialsIn, keysNeeded } from '../../../src/objectstore/credentials.ts';

const place = { namespace: 'storage', name: 'minio' };
const chartKeys = { accessKeyId: 'rootUser', secretAccessKey: 'rootPassword' };
const pair = { accessKeyId: 'admin', secretAccessKey: 'a password' };
const secretOf = (texts: Record<string, string>) => ({
  data: Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  ),
});

test('a pair is read from the keys that the reference names', () => {
  const own = secretOf({ AWS_ACCESS_KEY_ID: 'admin', AWS_SECRET_ACCESS_KEY: 'a password' });
  expect(credentialsIn(own, place)).toEqual(pair);
  const chart = secretOf({ rootUser: 'admin', rootPassword: 'a password', 'etcd_client.crt': 'x' });
  expect(credentialsIn(chart, { ...place, keys: chartKeys })).toEqual(pair);
  expect(keysNeeded(place)).toBe('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  expect(keysNeeded({ ...place, keys: chartKeys })).toBe('rootUser and rootPassword');
  expect(keysNeeded({ ...place, keys: { configEnv: 'config.env' } })).toBe('config.env');
});

describe('a file of settings', () => {
  const ref = { ...place, keys: { configEnv: 'config.env' } };
  test.each([
    ['of the chart tenant', 'export MINIO_ROOT_USER="admin"\nexport MINIO_ROOT_PASSWORD="a password"'],
    ['without export and quotes', 'MINIO_ROOT_USER=admin\nMINIO_ROOT_PASSWORD=a password\n'],
    ['with single quotes', "export MINIO_ROOT_USER='admin'\nexport MINIO_ROOT_PASSWORD='a password'"],
    ['with ends of lines as on Windows', 'MINIO_ROOT_USER=admin\r\nMINIO_ROOT_PASSWORD="a password"\r\n'],
    [
      'with comments, other settings, and a later line that wins',
      '# MINIO_ROOT_USER=no\n\nexport MINIO_BROWSER="on"\nMINIO_ROOT_USER=first\n  export MINIO_ROOT_USER="admin"\nMINIO_ROOT_PASSWORD="a password"',
    ],
  ])('is read as MinIO reads it: %s', (_what, text) => {
    expect(credentialsIn(secretOf({ 'config.env': text }), ref)).toEqual(pair);
  });

  test('is not unescaped, and a secret in it may have = and quotes', () => {
    const text = 'MINIO_ROOT_USER=admin\nMINIO_ROOT_PASSWORD="a=\\"b$c"';
    expect(credentialsIn(secretOf({ 'config.env': text }), ref)).toEqual({
      ...pair,
      secretAccessKey: 'a=\\"b$c',
    });
  });

  test('that lacks something is refused with its name, and nothing of the file is shown', () => {
    const text = 'export MINIO_ROOT_USER="admin"\nexport MINIO_ROOT_PASSWORD=""';
    const sentence = credentialsIn(secretOf({ 'config.env': text }), ref);
    expect(sentence).toContain('config.env of Secret storage/minio sets no MINIO_ROOT_PASSWORD; add a line');
    expect(sentence).not.toContain('admin');
    expect(credentialsIn(secretOf({ other: text }), ref)).toContain(
      'Secret storage/minio lacks config.env; add it, or correct spec.credentialsRef.keys.configEnv',
    );
  });
});

test.each([
  [{ rootUser: 'a', rootPassword: 'b' }, '{accessKeyId: rootUser, secretAccessKey: rootPassword}'],
  [{ 'root-user': 'a', 'root-password': 'b' }, '{accessKeyId: root-user, secretAccessKey: root-password}'],
  [{ 'config.env': 'a' }, '{configEnv: config.env}'],
  [{ user: 'a' }, '{accessKeyId: KEY, secretAccessKey: KEY}'],
])('without keys, the keys that would fit are named: %o', (texts, keys) => {
  const sentence = credentialsIn(secretOf(texts), place);
  expect(sentence).toContain('lacks AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; add what is missing');
  expect(sentence).toContain(`set spec.credentialsRef.keys to ${keys}, or`);
});

test('half a pair names the half that is missing', () => {
  expect(credentialsIn(secretOf({ rootUser: 'admin' }), { ...place, keys: chartKeys })).toContain(
    'Secret storage/minio lacks rootPassword; add what is missing, correct spec.credentialsRef.keys, or',
  );
});

test('a key that need not hold an id is not read as one, since the endpoint would see it', () => {
  const data = secretOf({ password: 'open sesame' });
  const sentence = credentialsIn(data, {
    ...place,
    keys: { accessKeyId: 'password', secretAccessKey: 'password' },
  });
  expect(sentence).toContain('spec.credentialsRef.keys.accessKeyId names a key that need not hold an id');
  for (const name of ['rootUser', 'root-user', 'MINIO_ROOT_USER', 'username', 'accessKeyID', 'ACCESS_KEY']) {
    expect(isIdKey(name)).toBe(true);
  }
  for (const name of ['AWS_SECRET_ACCESS_KEY', 'password', 'token', 'tls.key', 'accountid', 'user.pass']) {
    expect(isIdKey(name)).toBe(false);
  }
});
