import { generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ask } from './ask.ts';
import { type Server, startServer } from './server.ts';
import type { Supervisor } from './supervise.ts';

/** Returns the paths of an API server's files that others need. */
export function apiserverFiles(folder: string): { ca: string; serviceAccountKey: string; tokens: string } {
  return {
    // Made by the server at its first start: its certificate, followed by the CA's.
    ca: join(folder, 'apiserver', 'apiserver.crt'),
    serviceAccountKey: join(folder, 'service-account.key'),
    tokens: join(folder, 'tokens.csv'),
  };
}

/** True if the API server with that folder and URL accepts requests. */
export async function apiserverReady(folder: string, url: string, token: string): Promise<boolean> {
  const ca = await readFile(apiserverFiles(folder).ca, 'utf8');
  return (await ask(`${url}/readyz`, { ca, headers: { authorization: `Bearer ${token}` } })).status === 200;
}

/**
 * Starts an API server: RBAC, real ServiceAccount tokens, OwnerReferencesPermissionEnforcement, and one static
 * token in system:masters for the tests themselves.
 */
export async function startApiserver(
  supervisor: Supervisor,
  { command, folder, etcd, token }: { command: string; folder: string; etcd: string; token: string },
): Promise<{ server: Server; url: string; caPem: string }> {
  const files = apiserverFiles(folder);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(files.serviceAccountKey, privateKey.export({ type: 'sec1', format: 'pem' }), {
    mode: 0o600,
  });
  await writeFile(files.tokens, `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  const url = (ports: readonly number[]) => `https://127.0.0.1:${ports[0]}`;
  const { server, ports } = await startServer(supervisor, {
    name: 'kube-apiserver',
    command,
    folder,
    portCount: 1,
    args: (ports) => [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${ports[0]}`,
      `--cert-dir=${join(folder, 'apiserver')}`,
      `--service-account-key-file=${files.serviceAccountKey}`,
      `--service-account-signing-key-file=${files.serviceAccountKey}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--endpoint-reconciler-type=none',
      '--authorization-mode=RBAC',
      `--token-auth-file=${files.tokens}`,
      '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
    ],
    ready: (ports) => apiserverReady(folder, url(ports), token),
  });
  return { server, url: url(ports), caPem: await readFile(files.ca, 'utf8') };
}
