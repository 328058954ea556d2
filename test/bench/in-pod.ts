/** Lets an operator find the API server as a pod does: what reads kubeconfigs isn't loaded there, and takes memory. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bed } from '../bed/bed.ts';
import { OPERATOR } from '../bed/install.ts';
import { requestToken } from '../bed/kubeconfig.ts';
import { canMount } from '../bed/minio.ts';

export interface InPod {
  /** The command through which the operator is started. */
  readonly through: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const UNSHARE = ['unshare', '--map-root-user', '--mount'];
/** The command for a mount namespace that ends with the process: `sh -c … sh FOLDER COMMAND…`. */
const MOUNT = [
  'mount -t tmpfs tmpfs /var/run',
  'mkdir -p /var/run/secrets/kubernetes.io',
  'cp -r "$1" /var/run/secrets/kubernetes.io/serviceaccount',
  'shift',
  'exec "$@"',
].join(' && ');

/** Undefined where the kernel gives this user no mount namespace of its own. */
export async function inPod(bed: Bed): Promise<InPod | undefined> {
  if (!canMount()) return undefined;
  const folder = join(bed.folder, 'service-account');
  await mkdir(folder, { mode: 0o700 });
  const files = {
    token: await requestToken(bed.api, OPERATOR),
    'ca.crt': bed.caPem,
    namespace: OPERATOR.namespace,
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 });
  const { hostname, port } = new URL(bed.server);
  return {
    through: [...UNSHARE, 'sh', '-c', MOUNT, 'sh', folder],
    env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
  };
}
