/** Users with few rights: a ServiceAccount with one Role, or one ClusterRole, and nothing else. */
import { randomBytes } from 'node:crypto';
import type { Bed } from '../../bed/bed.ts';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** May read AccessKeys, and nothing else. */
export const READS_KEYS: readonly Rule[] = [
  { apiGroups: ['accesskeys.dev'], resources: ['accesskeys'], verbs: ['get', 'list', 'watch'] },
];

const GROUP = 'rbac.authorization.k8s.io';

/**
 * Makes a user with these rights in a namespace, or without one in the whole cluster.
 * @returns the path of a kubeconfig whose context names the namespace
 */
export async function userWith(bed: Bed, namespace: string, rules: readonly Rule[]): Promise<string> {
  const name = `user-${randomBytes(3).toString('hex')}`;
  const account = { namespace, name };
  const kubeconfig = await bed.kubeconfig({ serviceAccount: account, namespace });
  const apiVersion = `${GROUP}/v1`;
  await bed.api.create({ apiVersion, kind: 'Role', metadata: account, rules });
  await bed.api.create({
    apiVersion,
    kind: 'RoleBinding',
    metadata: account,
    roleRef: { apiGroup: GROUP, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  });
  return kubeconfig;
}
