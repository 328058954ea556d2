import { BlockList, isIP } from 'node:net';

/** Returns the proxy by which an address is reached; undefined if it is reached directly. */
export type ProxyFor = (target: URL) => URL | undefined;

type Env = Readonly<Record<string, string | undefined>>;

/** A setting of the proxy can't be used; the message says what to write, and holds no password. */
export class ProxySettingError extends Error {
  override readonly name = 'ProxySettingError';
}

/**
 * Reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or their names in lowercase, as Go's programs do
 * (golang.org/x/net/http/httpproxy). Nothing of this host goes through a proxy.
 * @throws ProxySettingError
 */
export function proxyFor(env: Env): ProxyFor {
  const proxies: Readonly<Record<string, URL | undefined>> = {
    'https:': fromEnv(env, 'HTTPS_PROXY'),
    'http:': fromEnv(env, 'HTTP_PROXY'),
  };
  const bypasses = (either(env, 'NO_PROXY') ?? '')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .map(bypassOf);
  return (target) => {
    const proxy = proxies[target.protocol];
    if (proxy === undefined) return undefined;
    const host = target.hostname
      .toLowerCase()
      .replace(/^\[(.*)\]$/, '$1')
      .replace(/\.$/, '');
    if (host === 'localhost' || LOOPBACK.check(host, familyOf(host))) return undefined;
    const port = target.port || (target.protocol === 'https:' ? '443' : '80');
    return bypasses.some((bypass) => bypass(host, port)) ? undefined : proxy;
  };
}

/**
 * Reads the URL of a proxy. Without a scheme, it is http.
 * @param setting the variable or field that holds it, for the message
 * @throws ProxySettingError
 */
export function parseProxy(text: string, setting: string): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:[/][/]/i.test(text) ? text : `http://${text}`);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '')
    return url;
  throw new ProxySettingError(
    `${setting} is not the URL of an HTTP proxy: write one such as http://proxy.example.com:3128`,
  );
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function fromEnv(env: Env, name: string): URL | undefined {
  const text = either(env, name);
  return text === undefined ? undefined : parseProxy(text, name);
}

function either(env: Env, name: string): string | undefined {
  return env[name] || env[name.toLowerCase()] || undefined;
}

/**
 * Returns what one entry of NO_PROXY covers: `*`, an address, a CIDR, or a domain; all but a CIDR may have a
 * port.
 */
function bypassOf(entry: string): (host: string, port: string) => boolean {
  if (entry === '*') return () => true;
  const [, network = '', bits = ''] = /^(.+)[/](\d{1,3})$/.exec(entry) ?? [];
  if (isIP(network) !== 0) {
    const max = isIP(network) === 6 ? 128 : 32;
    const block = new BlockList();
    if (Number(bits) <= max) block.addSubnet(network, Number(bits), familyOf(network));
    return (host) => block.check(host, familyOf(host));
  }
  const [, bracketed, plain, onPort] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? [];
  const name = (bracketed ?? plain ?? entry).replace(/^\*\./, '.');
  const covers = (host: string) =>
    name.startsWith('.')
      ? host.endsWith(name)
      : host === name || (isIP(name) === 0 && host.endsWith(`.${name}`));
  return (host, port) => (onPort === undefined || onPort === port) && covers(host);
}

function familyOf(host: string): 'ipv4' | 'ipv6' {
  return isIP(host) === 6 ? 'ipv6' : 'ipv4';
}
