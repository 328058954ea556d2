/** The commands that the user's own rights allow, by SelfSubjectAccessReview. */
import { GROUP } from '../../api/names.ts';
import type { KubeClient } from '../../kube/client.ts';
import { about, type Diagnosis } from './finding.ts';

/** One right, as RBAC has it. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** The namespace of the check; left out for all namespaces. */
  readonly namespace?: string;
}

/** The rights that each group of commands needs in a namespace. */
const NEEDED: Readonly<Record<string, readonly Omit<Right, 'namespace'>[]>> = {
  'list, show, who-can': [
    { verb: 'get', group: GROUP, resource: 'accesskeys' },
    { verb: 'list', group: GROUP, resource: 'accesskeys' },
  ],
  create: [{ verb: 'create', group: GROUP, resource: 'accesskeys' }],
  'label, permissions, rotate, disable, enable': [{ verb: 'patch', group: GROUP, resource: 'accesskeys' }],
  revoke: [{ verb: 'delete', group: GROUP, resource: 'accesskeys' }],
  'env, config, exec, verify': [{ verb: 'get', group: '', resource: 'secrets' }],
};

/** Asks the API server whether the user has a right. Needs no right itself. @throws KubeError */
export async function mayI(client: KubeClient, right: Right, signal?: AbortSignal): Promise<boolean> {
  const { status } = await client.request<{ status?: { allowed?: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: right },
    },
    ...(signal && { signal }),
  });
  return status?.allowed === true;
}

/** Reports what the user may not do in a namespace, a line for each group of commands. */
export async function rightDiagnoses(
  ask: (right: Right) => Promise<boolean>,
  namespace: string,
): Promise<Diagnosis[]> {
  const { ok, warning } = about('your rights');
  const found = await Promise.all(
    Object.entries(NEEDED).map(async ([commands, rights]) => {
      const answers = await Promise.all(rights.map((right) => ask({ ...right, namespace })));
      const missing = rights.filter((_, at) => !answers[at]);
      if (missing.length === 0) return undefined;
      const list = missing
        .map(({ verb, group, resource }) => `${verb} ${resource}${group && `.${group}`}`)
        .join(', ');
      return warning(
        `${commands} won't work in namespace ${namespace}: you may not ${list}`,
        'ask for these rights, if you need the commands',
      );
    }),
  );
  const faults = found.filter((diagnosis) => diagnosis !== undefined);
  return faults.length > 0 ? faults : [ok(`every command works in namespace ${namespace}`)];
}
