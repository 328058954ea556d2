import { policyName } from '../../src/ownership/names.ts';
import type { Template } from './ceiling.ts';
import type { Crowd } from './crowd.ts';
import { inParallel } from './parallel.ts';
import type { Stage } from './stage.ts';

/**
 * Removes the keys of a namespace, whoever made them, by hand and with no operator running, so that the next run finds
 * the servers as this one found them.
 */
export async function clear(
  { admin, bed }: Pick<Stage, 'admin' | 'bed'>,
  { accessKeys }: Crowd,
  cluster: Template['cluster'],
  namespace: string,
): Promise<void> {
  const { items } = await accessKeys.list({ namespace });
  await bed.api.request('DELETE', `/api/v1/namespaces/${namespace}/secrets`);
  await bed.api.request('DELETE', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
  await inParallel(items, 16, async ({ metadata: { name }, status }) => {
    await accessKeys.patch(name, namespace, { metadata: { finalizers: null } });
    await accessKeys.delete(name, namespace);
    if (status?.accessKeyId !== undefined) await admin.removeUser(status.accessKeyId);
    await admin.removePolicy(policyName(cluster, namespace, name));
  });
}
