import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Api } from './api.ts';

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

const TOKEN_SECONDS = 24 * 60 * 60;

/**
 * Writes a kubeconfig for its owner's eyes only.
 * @param options.server https://HOST:PORT, or the http:// URL of a proxy
 * @param options.namespace the namespace of its context, as a pod's
 * @returns its path, below the folder
 */
export async function writeKubeconfig(
  folder: string,
  options: { server: string; caPem: string; token: string; name?: string; namespace?: string },
): Promise<string> {
  const { server, caPem, token, name = randomUUID(), namespace } = options;
  const path = join(folder, `kubeconfig-${name}`);
  // The client library refuses http if this isn't said.
  const tls = server.startsWith('https:')
    ? { 'certificate-authority-data': Buffer.from(caPem).toString('base64') }
    : { 'insecure-skip-tls-verify': true };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bed',
    clusters: [{ name: 'bed', cluster: { server, ...tls } }],
    users: [{ name: 'bed', user: { token } }],
    contexts: [{ name: 'bed', context: { cluster: 'bed', user: 'bed', ...(namespace && { namespace }) } }],
  };
  await writeFile(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  return path;
}

/** A token of the ServiceAccount for a day, by the TokenRequest API. Makes the account if it is missing. */
export async function requestToken(api: Api, { namespace, name }: ServiceAccount): Promise<string> {
  await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await api.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  const { status } = await api.request<{ status: { token: string } }>(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: TOKEN_SECONDS },
    },
  );
  return status.token;
}
