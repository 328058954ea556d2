import type { AccessKey } from '../../api/schema/accesskey.ts';
import { decodeMark } from '../../ownership/mark.ts';
import { policyName } from '../../ownership/names.ts';
import { removeUser } from '../../ownership/remove-user.ts';
import { StoreError } from '../../provider/errors.ts';
import type { StoreUser } from '../../provider/provider.ts';
import { deleteSecret } from '../apply/apply.ts';
import type { Context } from '../context/context.ts';
import type { ReadyStore } from '../context/stores.ts';
import { readElsewhere, readSecret, readUsers } from '../observe/observe.ts';
import { policyConflictOf } from '../plan/conflicts.ts';
import { blocked, type Plan } from '../plan/step.ts';
import { isRemovable } from '../plan/whose-user.ts';
import { namedIds } from '../secret/candidate-ids.ts';
import { secretNameOf } from '../secret/facts.ts';

/**
 * The Secrets go first (rule 4): what isn't to be used any more isn't offered any more, whether or not the store
 * answers. Gives back the ids that they named.
 */
export async function removeSecrets(
  ctx: Context,
  accessKey: AccessKey,
  signal: AbortSignal,
): Promise<string[]> {
  const wanted = secretNameOf(accessKey);
  const secrets = [
    await readSecret(ctx, accessKey, wanted, signal),
    ...(await readElsewhere(ctx, accessKey, wanted, signal)),
  ];
  const ids: string[] = [];
  for (const secret of secrets) {
    if (!secret || secret.ownership === 'foreign') continue;
    // One without an owner is ours where it has the pair that was published.
    const named =
      secret.facts.accessKeyId !== undefined && secret.facts.accessKeyId === accessKey.status.accessKeyId;
    if (secret.ownership === 'unowned' && !named) continue;
    ids.push(...namedIds(secret.facts, accessKey.status));
    await deleteSecret(ctx, secret.facts.metadata, signal);
  }
  return ids;
}

/**
 * Removes the AccessKey's users and then its policy from the store, each confirmed. Gives undefined when nothing of
 * it is left; else a plan without steps that says what is in the way. Its users are those that the Secret, the
 * status or the tag name and, where the store refuses to remove the policy, whoever is still attached to it.
 * @param named ids that the Secrets named before they were removed
 */
export async function revoke(
  ctx: Context,
  accessKey: AccessKey,
  store: ReadyStore,
  named: readonly string[],
  signal: AbortSignal,
): Promise<Plan | undefined> {
  const { namespace, name, uid } = accessKey.metadata;
  const { client, observed } = store;
  const policy = policyName(ctx.cluster, namespace, name);
  const stored = await client.getPolicy(policy, { signal });
  const mark = stored && decodeMark(stored.id);
  // Another cluster's, or one that an earlier AccessKey of this name was allowed to leave: not ours to remove.
  if (mark && mark.clusterUid !== ctx.cluster.uid) return undefined;
  if (mark && mark.accessKeyUid !== uid && mark.flags.has('retained')) return undefined;

  async function removeAll(users: ReadonlyMap<string, StoreUser | undefined>): Promise<void> {
    for (const id of users.keys()) {
      if (isRemovable({ users, policyName: policy }, id)) await removeUser(client, id, signal);
    }
  }

  const users = await readUsers(
    store,
    [
      ...named,
      accessKey.status?.accessKeyId,
      ...(accessKey.status?.previousKeys ?? []).map((key) => key.accessKeyId),
      ...ctx.watchlist.suspectsOf(`${namespace}/${name}`),
    ],
    signal,
  );
  const shared = sharedUser(users, policy);
  if (shared) return shared;
  await removeAll(users);
  if (!stored) return undefined;
  try {
    await client.removePolicy(policy, { signal });
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'inUse') throw error;
    const attached = await client.policyEntities(policy, { signal });
    const others = await readUsers(store, attached.users, signal);
    const conflict = policyConflictOf({
      policy: stored,
      cluster: ctx.cluster,
      policyName: policy,
      store: observed,
      attached,
      users: others,
    });
    if (conflict) return conflict;
    await removeAll(others);
    await client.removePolicy(policy, { signal });
  }
  return undefined;
}

/** A user of ours to which somebody added a policy or a group isn't touched: the deletion waits (rule 4). */
function sharedUser(users: ReadonlyMap<string, StoreUser | undefined>, policy: string): Plan | undefined {
  for (const [id, user] of users) {
    if (!user?.policies.includes(policy)) continue;
    if (user.policies.length === 1 && user.groups.length === 0) continue;
    return blocked(
      'StoreConflict',
      `user ${id} has ${user.policies.length - 1} other policies and is in ${user.groups.length} groups beside policy ${policy}; ` +
        'detach these, so that it can be removed',
    );
  }
  return undefined;
}
