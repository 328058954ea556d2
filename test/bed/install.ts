/** Puts the project's own objects into a bed's API server, as its chart does. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { type Api, ApiError, type Ref } from './api.ts';
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

const ADMISSION = 'admissionregistration.k8s.io/v1';
const MUTATING_POLICY = 'MutatingAdmissionPolicy';

/** True if the API server has the API of the chart's policy that adds finalizers. */
export async function knowsFinalizerPolicy(api: Api): Promise<boolean> {
  const { resources } = await api.request<{ resources: { kind: string }[] }>('GET', `/apis/${ADMISSION}`);
  return resources.some(({ kind }) => kind === MUTATING_POLICY);
}

/**
 * Applies the chart's policy that puts the finalizer on new AccessKeys; if the API server doesn't know such policies,
 * nothing. Without an operator, AccessKeys can't be deleted from then on.
 * @returns what removes it
 */
export async function installFinalizerPolicy(api: Api): Promise<() => Promise<void>> {
  if (!(await knowsFinalizerPolicy(api))) return async () => {};
  const applied = await api.applyFile(join(FILES, 'mutatingadmissionpolicy.yaml'));
  return async () => {
    for (const object of applied) await api.delete(object);
  };
}

/** The finalizers that a new AccessKey of that store would have. Tried, not done. */
export async function triedFinalizers(
  api: Api,
  namespace: string,
  storeRef: { readonly kind: string; readonly name: string },
): Promise<readonly string[]> {
  const path = `/apis/accesskeys.dev/v1alpha1/namespaces/${namespace}/accesskeys?dryRun=All`;
  const apiVersion = 'accesskeys.dev/v1alpha1';
  const accessKey = { apiVersion, kind: 'AccessKey', metadata: { name: 'tried' }, spec: { storeRef } };
  try {
    const tried = await api.request<{ metadata: { finalizers?: string[] } }>('POST', path, accessKey);
    return tried.metadata.finalizers ?? [];
  } catch (error) {
    // For some seconds after a CRD has come, the API server can't evaluate a policy for it, and says so.
    if (error instanceof ApiError && error.status === 503) return [];
    throw error;
  }
}

/** Waits until a new AccessKey of that store gets the finalizer, if the API server knows such policies. */
export async function untilFinalizersAdded(
  ...[api, ...where]: Parameters<typeof triedFinalizers>
): Promise<void> {
  if (!(await knowsFinalizerPolicy(api))) return;
  const deadline = performance.now() + 60_000;
  while ((await triedFinalizers(api, ...where)).length === 0) {
    if (performance.now() > deadline) throw new Error(`the ${MUTATING_POLICY} isn't in force`);
    await sleep(50);
  }
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
