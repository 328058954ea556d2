/** The proxy for an address: the cases of Go's golang.org/x/net/http/httpproxy. */
import { expect, test } from 'vitest';
import { ProxySettingError, proxyFor } from '../../../src/network/proxy-for.ts';

const PROXIES = { HTTPS_PROXY: 'http://secure:3128', HTTP_PROXY: 'plain:8080' };

function reached(url: string, env: Record<string, string> = {}): string | undefined {
  return proxyFor({ ...PROXIES, ...env })(new URL(url))?.host;
}

test('each scheme has its proxy, in capitals before lowercase, and an empty variable is none', () => {
  expect(reached('https://minio.example.com')).toBe('secure:3128');
  expect(reached('http://minio.example.com:9000')).toBe('plain:8080');
  expect(reached('https://a.example', { https_proxy: 'http://lower:1' })).toBe('secure:3128');
  expect(reached('https://a.example', { HTTPS_PROXY: '', https_proxy: 'http://lower:1' })).toBe('lower:1');
  expect(reached('https://a.example', { HTTPS_PROXY: '' })).toBeUndefined();
});

test.each(['http://localhost:9000', 'https://127.0.0.1', 'https://127.9.9.9:1', 'https://[::1]:9000'])(
  '%s is of this host, and needs no proxy',
  (url) => expect(reached(url)).toBeUndefined(),
);

test.each([
  ['*', 'https://any.example', true],
  ['example.com', 'https://example.com', true],
  ['example.com', 'https://MINIO.example.com.', true],
  ['example.com', 'https://notexample.com', false],
  ['.example.com', 'https://example.com', false],
  ['.example.com', 'https://minio.example.com', true],
  ['*.example.com', 'https://minio.example.com', true],
  ['*.example.com', 'https://example.com', false],
  ['other, .svc ,', 'https://minio.storage.svc:9000', true],
  ['minio.example.com:9000', 'https://minio.example.com:9000', true],
  ['minio.example.com:9000', 'https://minio.example.com', false],
  ['minio.example.com:443', 'https://minio.example.com', true],
  ['10.0.0.1', 'https://10.0.0.1:6443', true],
  ['10.0.0.1', 'https://110.0.0.1', false],
  ['10.0.0.1:6443', 'https://10.0.0.1:443', false],
  ['10.0.0.0/8', 'https://10.200.3.4', true],
  ['10.0.0.0/8', 'https://11.0.0.1', false],
  ['10.0.0.0/99', 'https://10.0.0.1', false],
  ['fd00::/8', 'https://[fd00::12]:9000', true],
  ['fd00::12', 'https://[fd00::12]:9000', true],
  ['[fd00::12]:9000', 'https://[fd00::12]:9000', true],
  ['[fd00::12]:1', 'https://[fd00::12]:9000', false],
  ['10.0.0.0/8', 'https://ten.example.com', false],
])('NO_PROXY=%s covers %s: %s', (noProxy, url, covered) => {
  expect(reached(url, { NO_PROXY: noProxy }) === undefined).toBe(covered);
  expect(reached(url, { no_proxy: noProxy }) === undefined).toBe(covered);
});

test.each(['socks5://proxy:1080', 'http://', 'http://user:hidden@:1', 'ftp://proxy'])(
  '%s is refused, with what to write and without its password',
  (proxy) => {
    const reading = () => proxyFor({ HTTPS_PROXY: proxy });
    expect(reading).toThrow(ProxySettingError);
    expect(reading).toThrow('HTTPS_PROXY is not the URL of an HTTP proxy: write one such as');
    expect(reading).not.toThrow(/hidden/);
  },
);
