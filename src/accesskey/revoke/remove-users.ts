import { decodeMark, ownershipOf } from '../../ownership/mark.ts';
import { policyNameOf } from '../../ownership/names.ts';
import { removeUser } from '../../ownership/remove-user.ts';
import { StoreError } from '../../provider/errors.ts';
import type { StoredPolicy } from '../../provider/policy.ts';
import type { StoreUser } from '../../provider/provider.ts';
import { eachLimited } from '../../runtime/each-limited.ts';
import { keyFor } from '../../runtime/key.ts';
import type { Pass } from '../apply/pass.ts';
import { ownSecretsOf } from '../context/own-secrets.ts';
import type { ReadyStore } from '../context/stores.ts';
import { MAX_USERS_A_PASS, readAttached, readUsers, USERS_AT_ONCE } from '../observe/observe.ts';
import { policyConflictOf } from '../plan/conflicts.ts';
import { isRemovable } from '../plan/whose-user.ts';
import { namedIds, statusIds } from '../secret/candidate-ids.ts';
import type { Outcome } from '../status/status.ts';

/**
 * The obstacle that keeps the operator from removing users or the policy, or that the pass has done its
 * share.
 */
export type Rest =
  | Nothing
  /** The policy isn't this AccessKey's to remove: it is another cluster's, or the key was retained. */
  | { readonly kind: 'notOurs' }
  | { readonly kind: 'blocked'; readonly outcome: Outcome }
  | { readonly kind: 'more'; readonly left: number };

/** No known user is in the store, by these reads; the rest of the pass relies on them. */
export interface Nothing {
  readonly kind: 'none';
  readonly policy: NamedPolicy;
  /** The ids that were looked up and whose users are removed. */
  readonly seen: ReadonlySet<string>;
}

/** The policy of a key's name, and whether it is the key's own to revoke. */
interface NamedPolicy {
  readonly name: string;
  readonly stored: StoredPolicy | undefined;
  readonly isOurs: boolean;
}

/**
 * Removes the users that the status, the cached Secrets and the hints name. It asks only the store, so
 * nothing in Kubernetes can delay it (rule 15).
 */
export async function removeKnownUsers(pass: Pass, store: ReadyStore): Promise<Rest> {
  const { ctx, accessKey } = pass;
  const { namespace } = accessKey.metadata;
  const policy = policyNameOf(ctx.cluster, accessKey);
  const cached = ownSecretsOf(ctx, accessKey).flatMap((name) => {
    const facts = ctx.secretCache.get(keyFor(namespace, name));
    return facts ? namedIds(facts, accessKey.status, policy) : [];
  });
  const ids = new Set([...statusIds(accessKey.status), ...cached, ...ctx.hints.suspectsOf(pass.key)]);
  return removeUsers(pass, store, await readPolicy(pass, store), ids);
}

/**
 * Removes what remains in the store: users that the Secrets named, all users attached to the policy, and the
 * policy.
 * @param named ids that the Secrets named, read live
 * @param known what removing the known users came to
 */
export async function removeFromStore(
  pass: Pass,
  store: ReadyStore,
  named: readonly string[],
  { policy, seen }: Nothing,
): Promise<Rest> {
  const { ctx, signal } = pass;
  // A sweep may have found others since.
  const others = new Set([...named, ...ctx.hints.suspectsOf(pass.key)].filter((id) => !seen.has(id)));
  const rest = await removeUsers(pass, store, policy, others);
  if (rest.kind !== 'none' || !policy.stored) return rest;
  if (await tryRemovePolicy(pass, store, policy.name)) return rest;
  const attached = await readAttached(store, policy.name, signal);
  const users = await readUsers(store, attached.users, signal);
  const conflict = policyConflictOf({
    accessKey: pass.accessKey,
    policy: policy.stored,
    cluster: ctx.cluster,
    policyName: policy.name,
    store: store.observed,
    attached,
    users,
  });
  if (conflict) return { kind: 'blocked', outcome: conflict };
  await removeAll(pass, store, users, policy.name);
  if (attached.more > 0) return { kind: 'more', left: attached.more };
  await store.client.removePolicy(policy.name, { signal });
  return rest;
}

async function readPolicy({ ctx, accessKey, signal }: Pass, { client }: ReadyStore): Promise<NamedPolicy> {
  const policy = policyNameOf(ctx.cluster, accessKey);
  const stored = await client.readPolicy(policy, { signal });
  const mark = stored && decodeMark(stored.mark);
  const whose = ownershipOf(mark, ctx.cluster, accessKey.metadata.uid);
  const isKept = whose === 'predecessor' && mark?.flags.has('retained');
  const isOurs = whose !== 'otherCluster' && !isKept;
  return { name: policy, stored, isOurs };
}

/**
 * Reads and removes users of the AccessKey. Leaves those alone to which somebody added another policy or a
 * group.
 */
async function removeUsers(
  pass: Pass,
  store: ReadyStore,
  policy: NamedPolicy,
  ids: ReadonlySet<string>,
): Promise<Rest> {
  if (!policy.isOurs) return { kind: 'notOurs' };
  const { ctx, key, signal } = pass;
  const some = [...ids].slice(0, MAX_USERS_A_PASS);
  const users = await readUsers(store, some, signal);
  const shared = sharedUser(users, policy.name);
  if (shared) return { kind: 'blocked', outcome: shared };
  await removeAll(pass, store, users, policy.name);
  const left = ids.size - some.length;
  if (left === 0) return { kind: 'none', policy, seen: ids };
  // The operator forgets the suspects that it has handled, so the next pass gets to the rest.
  ctx.hints.clearSuspects(key, some);
  return { kind: 'more', left };
}

async function removeAll(
  pass: Pass,
  { client }: ReadyStore,
  users: ReadonlyMap<string, StoreUser | undefined>,
  policy: string,
): Promise<void> {
  pass.doing = 'writingToStore';
  const removable = [...users.keys()].filter((id) => isRemovable({ users, policyName: policy }, id));
  await eachLimited(removable, USERS_AT_ONCE, (id) => removeUser(client, id, pass.signal));
}

/** Asks the store to remove the policy. Returns false if users are still attached to it. */
async function tryRemovePolicy(pass: Pass, { client }: ReadyStore, policy: string): Promise<boolean> {
  pass.doing = 'writingToStore';
  try {
    await client.removePolicy(policy, { signal: pass.signal });
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'inUse') return false;
    throw error;
  }
}

/**
 * Returns the outcome for a user of this AccessKey to which somebody added a policy or a group. The operator
 * doesn't touch that user, and the revocation waits (rule 4).
 */
function sharedUser(users: ReadonlyMap<string, StoreUser | undefined>, policy: string): Outcome | undefined {
  for (const [id, user] of users) {
    if (!user?.policies.includes(policy)) continue;
    if (user.policies.length === 1 && user.groups.length === 0) continue;
    return {
      reason: 'StoreConflict',
      message:
        `user ${id} has ${user.policies.length - 1} other policies and is in ${user.groups.length} groups beside policy ${policy}; ` +
        'detach these, so that it can be removed',
    };
  }
  return undefined;
}
