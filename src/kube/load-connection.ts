import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { proxyFor } from '../network/proxy-for.ts';
import { cachedFor } from './cached-for.ts';
import { type Connection, ConnectionError } from './connection.ts';
import { loadKubeconfig } from './kubeconfig.ts';

/** Options of a search for the connection. */
export interface LoadConnectionOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The kubeconfig's context; default: its current one. */
  readonly context?: string | undefined;
  /** The directory of the pod's ServiceAccount. */
  readonly serviceAccountDirectory?: string;
  /** A monotonic clock, in ms. */
  readonly now?: () => number;
}

/**
 * Finds the API server. KUBECONFIG goes first, then the environment of a pod (kubernetes.io, "Accessing the
 * Kubernetes API from a Pod"), then ~/.kube/config.
 * @throws ConnectionError if none of them is usable
 */
export async function loadConnection(options: LoadConnectionOptions): Promise<Connection> {
  const { env, now = () => performance.now() } = options;
  const directory = options.serviceAccountDirectory ?? '/var/run/secrets/kubernetes.io/serviceaccount';
  const explicit = env['KUBECONFIG'];
  if (explicit) return loadKubeconfig({ paths: explicit, context: options.context, env, now });
  if (env['KUBERNETES_SERVICE_HOST']) return inCluster(env, directory, now);
  const home = env['HOME'] ?? env['USERPROFILE'];
  if (home)
    return loadKubeconfig({ paths: join(home, '.kube', 'config'), context: options.context, env, now });
  throw new ConnectionError(
    'no way to the API server: set KUBECONFIG to the path of a kubeconfig, or run in a pod with a ServiceAccount token',
  );
}

async function inCluster(
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
  now: () => number,
): Promise<Connection> {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  if (!URL.canParse(server)) {
    throw new ConnectionError(
      `KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT make no address: ${host}, ${port}`,
    );
  }
  const token = cachedFor(60_000, now, async () => `Bearer ${(await read('token')).trim()}`);
  const tls = cachedFor(60_000, now, async () => ({ ca: await read('ca.crt') }));

  async function read(file: string): Promise<string> {
    try {
      return await readFile(join(directory, file), 'utf8');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      throw new ConnectionError(
        `${join(directory, file)} can't be read (${code}): the pod needs automountServiceAccountToken: true, or KUBECONFIG`,
        { cause: error },
      );
    }
  }

  await Promise.all([token(), tls()]);
  return {
    server: new URL(server),
    proxy: proxyFor(env)(new URL(server)),
    headers: {},
    namespace: await read('namespace').then(
      (text) => text.trim(),
      () => undefined,
    ),
    tls: () => tls(),
    authorization: token,
  };
}
