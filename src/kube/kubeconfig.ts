import { existsSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { delimiter } from 'node:path';
import type { TlsOptions } from '../network/connector.ts';
import { ProxySettingError, parseProxy, proxyFor } from '../network/proxy-for.ts';
import { cachedFor } from './cached-for.ts';
import { type Connection, ConnectionError } from './connection.ts';

/**
 * Reads kubeconfig files with all their features: exec plugins, OIDC, token files, client certificates. Only
 * this function loads the library that implements them, since a pod doesn't need it.
 * @param paths one or more, as in KUBECONFIG; it skips files that don't exist
 * @throws ConnectionError if they give no usable connection
 */
export async function loadKubeconfig({
  paths,
  context,
  env,
  now,
}: {
  readonly paths: string;
  readonly context?: string | undefined;
  /** For HTTPS_PROXY and the like, which count if the kubeconfig has no proxy-url. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}): Promise<Connection> {
  const files = paths.split(delimiter).filter((path) => path !== '' && existsSync(path));
  const [first, ...others] = files;
  if (first === undefined) {
    throw new ConnectionError(`there is no kubeconfig at ${paths}: set KUBECONFIG to the path of one`);
  }
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    config.loadFromFile(first);
    for (const path of others) {
      const next = new KubeConfig();
      next.loadFromFile(path);
      config.mergeConfig(next, true);
    }
  } catch (error) {
    throw new ConnectionError(`${files.join(', ')} can't be read as a kubeconfig: ${sentence(error)}`);
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (!cluster || !URL.canParse(cluster.server)) {
    const name = config.getCurrentContext() || '(none)';
    throw new ConnectionError(
      `the context ${name} of ${files.join(', ')} names no cluster: kubectl config use-context`,
    );
  }
  const proxy = proxyOf(cluster, env);

  const options = cachedFor(60_000, now, async () => {
    const request: RequestOptions = {};
    try {
      await config.applyToHTTPSOptions(request);
    } catch (error) {
      throw new ConnectionError(`cannot get the credentials of the kubeconfig: ${sentence(error)}`);
    }
    return request;
  });
  const { Authorization: _, ...headers } = headersOf(await options());
  return {
    server: new URL(cluster.server),
    proxy,
    headers,
    context: config.getCurrentContext() || undefined,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? undefined,
    tls: async () => tlsOf(await options()),
    async authorization(fresh) {
      const request = await options(fresh);
      if (request.auth) return `Basic ${Buffer.from(request.auth).toString('base64')}`;
      return headersOf(request)['Authorization'];
    },
  };
}

function proxyOf(
  { proxyUrl, server }: { readonly proxyUrl?: string; readonly server: string },
  env: Readonly<Record<string, string | undefined>>,
): URL | undefined {
  try {
    return proxyUrl ? parseProxy(proxyUrl, "the kubeconfig's proxy-url") : proxyFor(env)(new URL(server));
  } catch (error) {
    if (error instanceof ProxySettingError) throw new ConnectionError(error.message);
    throw error;
  }
}

function headersOf(request: RequestOptions): Record<string, string> {
  return { ...(request.headers as Record<string, string> | undefined) };
}

function tlsOf({ ca, cert, key, servername, rejectUnauthorized }: RequestOptions): TlsOptions {
  return {
    ...(ca && { ca: ca as Buffer }),
    ...(cert && { cert: cert as Buffer }),
    ...(key && { key: key as Buffer }),
    ...(servername !== undefined && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
}

function sentence(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').slice(0, 200);
}
