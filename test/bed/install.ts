/** Puts the project's own objects into a bed's API server, as its chart does. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Api, Ref } from './api.ts';
import type { ServiceAccount } from './kubeconfig.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const CLUSTER_ROLE = join(PROJECT, 'charts', 'access-key-operator', 'files', 'clusterrole.yaml');

/** The ServiceAccount that operators of a bed run as. */
export const OPERATOR: ServiceAccount = { namespace: 'access-key-operator', name: 'access-key-operator' };

/** Applies every CRD of `crds/` and waits until each is Established. */
export async function installCrds(api: Api): Promise<void> {
  const folder = join(PROJECT, 'crds');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));
  const applied = await Promise.all(files.map((name) => api.applyFile(join(folder, name))));
  await Promise.all(
    applied
      .flat()
      .map((crd) =>
        api.waitFor(crd, 'Established', (seen) =>
          seen?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True'),
        ),
      ),
  );
}

/** Applies the chart's ClusterRole as it stands, and binds it to the operator's ServiceAccount and to nothing else. */
export async function installRbac(api: Api): Promise<void> {
  const text = await readFile(CLUSTER_ROLE, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return;
  const role: Ref & Record<string, unknown> = parse(text);
  await api.apply(role);
  await api.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: role.metadata.name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.metadata.name },
    subjects: [{ kind: 'ServiceAccount', ...OPERATOR }],
  });
}
