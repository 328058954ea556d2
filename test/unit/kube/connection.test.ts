import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConnectionError } from '../../../src/kube/connection.ts';
import { loadConnection } from '../../../src/kube/load-connection.ts';

const directory = mkdtempSync(join(tmpdir(), 'connection-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function kubeconfig(name: string, user: object, cluster: object = {}): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: 'https://127.0.0.1:6443/base', ...cluster } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'here' } }],
    'current-context': name,
  };
  return file(`${name}.yaml`, JSON.stringify(config));
}

describe('a connection in a pod', () => {
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '8443' };

  test('has address, CA, token and namespace of the ServiceAccount', async () => {
    file('token', 'first\n');
    file('ca.crt', 'the CA');
    file('namespace', 'operators');
    const connection = await loadConnection({ env, serviceAccountDirectory: directory });
    expect(connection.server.href).toBe('https://10.0.0.1:8443/');
    expect(connection.namespace).toBe('operators');
    expect(await connection.tls()).toEqual({ ca: 'the CA' });
    expect(await connection.authorization()).toBe('Bearer first');
  });

  test('takes up a renewed token within a minute, or when it is asked for', async () => {
    let now = 0;
    file('token', 'first');
    const connection = await loadConnection({ env, serviceAccountDirectory: directory, now: () => now });
    file('token', 'second');
    now = 59_999;
    expect(await connection.authorization()).toBe('Bearer first');
    now = 60_000;
    expect(await connection.authorization()).toBe('Bearer second');
    file('token', 'third');
    expect(await connection.authorization({ fresh: true })).toBe('Bearer third');
    expect(await connection.authorization()).toBe('Bearer third');
  });

  test('names a token that cannot be read, and reads it again the next time', async () => {
    const connection = await loadConnection({ env, serviceAccountDirectory: directory });
    rmSync(join(directory, 'token'));
    await expect(connection.authorization({ fresh: true })).rejects.toThrow(/token can't be read \(ENOENT\)/);
    file('token', 'back');
    expect(await connection.authorization()).toBe('Bearer back');
  });

  test('brackets an IPv6 address', async () => {
    const connection = await loadConnection({
      env: { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' },
      serviceAccountDirectory: directory,
    });
    expect(connection.server.href).toBe('https://[fd00::1]:8443/');
  });
});

describe('a connection by a kubeconfig', () => {
  test('has token, CA, server name and base path', async () => {
    const ca = Buffer.from('the CA').toString('base64');
    const path = kubeconfig(
      'token',
      { token: 'abc' },
      { 'certificate-authority-data': ca, 'tls-server-name': 'kube' },
    );
    const connection = await loadConnection({ env: { KUBECONFIG: path, KUBERNETES_SERVICE_HOST: 'unused' } });
    expect(connection.server.href).toBe('https://127.0.0.1:6443/base');
    expect(connection.namespace).toBe('here');
    expect(await connection.tls()).toEqual({ ca: Buffer.from('the CA'), servername: 'kube' });
    expect(await connection.authorization()).toBe('Bearer abc');
    expect(connection.headers).toEqual({});
  });

  test('sends no header with a client certificate', async () => {
    const data = Buffer.from('pem').toString('base64');
    const path = kubeconfig('cert', { 'client-certificate-data': data, 'client-key-data': data });
    const connection = await loadConnection({ env: { KUBECONFIG: path } });
    expect(await connection.tls()).toEqual({ cert: Buffer.from('pem'), key: Buffer.from('pem') });
    expect(await connection.authorization()).toBeUndefined();
  });

  test('has basic authentication, impersonation, and TLS that is not checked', async () => {
    const path = kubeconfig(
      'basic',
      { username: 'u', password: 'p', as: 'somebody' },
      { 'insecure-skip-tls-verify': true },
    );
    const connection = await loadConnection({ env: { KUBECONFIG: path } });
    expect(await connection.authorization()).toBe('Basic dTpw');
    expect(connection.headers).toEqual({ 'Impersonate-User': 'somebody' });
    expect(await connection.tls()).toEqual({ rejectUnauthorized: false });
  });

  test('asks an exec plugin again when its token has expired', async () => {
    const credential = (token: string) =>
      JSON.stringify({
        kind: 'ExecCredential',
        status: { token, expirationTimestamp: '2020-01-01T00:00:00Z' },
      });
    const output = file('credential.json', credential('one'));
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'cat', args: [output] };
    let now = 0;
    const connection = await loadConnection({
      env: { KUBECONFIG: kubeconfig('exec', { exec }) },
      now: () => now,
    });
    expect(await connection.authorization()).toBe('Bearer one');
    file('credential.json', credential('two'));
    expect(await connection.authorization()).toBe('Bearer one');
    now = 60_000;
    expect(await connection.authorization()).toBe('Bearer two');
  });

  test('takes the first of several files, skips missing ones, and lets a context be chosen', async () => {
    const paths = [
      join(directory, 'none'),
      kubeconfig('one', { token: '1' }),
      kubeconfig('two', { token: '2' }),
    ];
    const env = { KUBECONFIG: paths.join(delimiter) };
    expect(await (await loadConnection({ env })).authorization()).toBe('Bearer 1');
    expect(await (await loadConnection({ env, context: 'two' })).authorization()).toBe('Bearer 2');
  });

  test('takes the proxy of proxy-url, or else that of the environment', async () => {
    const server = 'https://api.example.com';
    const proxyOf = async (env: Record<string, string>, cluster: object = {}) => {
      const KUBECONFIG = kubeconfig('proxied', { token: 'x' }, { server, ...cluster });
      return (await loadConnection({ env: { KUBECONFIG, ...env } })).proxy?.href;
    };
    const env = { HTTPS_PROXY: 'http://proxy:3128' };
    expect(await proxyOf({})).toBeUndefined();
    expect(await proxyOf(env)).toBe('http://proxy:3128/');
    expect(await proxyOf({ ...env, NO_PROXY: 'example.com' })).toBeUndefined();
    expect(await proxyOf(env, { 'proxy-url': 'http://other:1' })).toBe('http://other:1/');
    const inPod = { KUBERNETES_SERVICE_HOST: '10.0.0.1', ...env };
    for (const name of ['token', 'ca.crt', 'namespace']) file(name, 'x');
    const pod = (more: object) =>
      loadConnection({ env: { ...inPod, ...more }, serviceAccountDirectory: directory });
    expect((await pod({})).proxy?.href).toBe('http://proxy:3128/');
    expect((await pod({ NO_PROXY: '10.0.0.0/8' })).proxy).toBeUndefined();
  });

  test.each([
    ['a file that is not there', { KUBECONFIG: join(directory, 'none') }, /set KUBECONFIG to the path/],
    ['nothing at all', {}, /set KUBECONFIG to the path of a kubeconfig, or run in a pod/],
    ['a home without a kubeconfig', { HOME: directory }, /set KUBECONFIG/],
    ['no kubeconfig', { KUBECONFIG: file('broken.yaml', '{ clusters') }, /can't be read as a kubeconfig/],
    [
      'a proxy of another kind',
      { KUBECONFIG: kubeconfig('socks', { token: 'x' }, { 'proxy-url': 'socks5://127.0.0.1:1' }) },
      /the kubeconfig's proxy-url is not the URL of an HTTP proxy/,
    ],
    [
      'a plugin that fails',
      { KUBECONFIG: kubeconfig('bad', { exec: { command: 'false' } }) },
      /credentials of the kubeconfig/,
    ],
  ])('refuses %s with what to do', async (_, env, message) => {
    const loading = loadConnection({ env });
    await expect(loading).rejects.toBeInstanceOf(ConnectionError);
    await expect(loading).rejects.toThrow(message);
  });

  test('names a context that does not exist', async () => {
    const env = { KUBECONFIG: kubeconfig('ctx', { token: 'x' }) };
    await expect(loadConnection({ env, context: 'nope' })).rejects.toThrow(/context nope/);
  });
});
