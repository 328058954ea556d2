/** Puts the project's own objects into a bed's API server, as its chart does. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Api, Ref } from './api.ts';
import type { ServiceAccount } from './kubeconfig.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const FILES = join(PROJECT, 'charts', 'access-key-operator', 'files');

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

/**
 * Applies the chart's ClusterRole, and its Role for the Lease in the operator's own namespace, as they stand, and binds
 * them to the operator's ServiceAccount and to nothing else.
 */
export async function installRbac(api: Api): Promise<void> {
  await bindRole(api, 'clusterrole.yaml');
  await api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: OPERATOR.namespace } });
  await installLeaseRole(api, OPERATOR.namespace);
}

/** Lets the operator's ServiceAccount have its Lease in that namespace, by the chart's Role. */
export async function installLeaseRole(api: Api, namespace: string): Promise<void> {
  await bindRole(api, 'role-leader-election.yaml', namespace);
}

/** @param namespace of a Role; none of a ClusterRole */
async function bindRole(api: Api, file: string, namespace?: string): Promise<void> {
  const text = await readFile(join(FILES, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return;
  const role: Ref & Record<string, unknown> = parse(text);
  const { kind } = role;
  const metadata = { name: role.metadata.name, ...(namespace !== undefined && { namespace }) };
  await api.apply({ ...role, metadata });
  await api.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', ...OPERATOR }],
  });
}
