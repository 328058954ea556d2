import { policyNameOf } from '../../ownership/names.ts';
import type { Pass } from '../apply/pass.ts';
import { deleteSecret } from '../apply/secret-writes.ts';
import { readOwnSecrets } from '../observe/observe-secrets.ts';
import { namedIds } from '../secret/candidate-ids.ts';

/**
 * Removes the AccessKey's Secrets, whether or not the store answers, so that nobody gets a pair that is about
 * to end.
 * @returns the ids that they named
 */
export async function removeSecrets({ ctx, accessKey, signal }: Pass): Promise<string[]> {
  const policy = policyNameOf(ctx.cluster, accessKey);
  const ids: string[] = [];
  for (const secret of await readOwnSecrets(ctx, accessKey, signal)) {
    // A Secret without an owner is the AccessKey's if it has the published pair.
    const named =
      secret.facts.accessKeyId !== undefined && secret.facts.accessKeyId === accessKey.status.accessKeyId;
    if (secret.ownership === 'unowned' && !named) continue;
    ids.push(...namedIds(secret.facts, accessKey.status, policy));
    await deleteSecret(ctx, secret.facts.metadata, signal);
  }
  return ids;
}
